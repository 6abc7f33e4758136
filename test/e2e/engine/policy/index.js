const { PolicyPack } = require("@pulumi/policy");

new PolicyPack("fixture", {
  policies: [
    {
      name: "no-forbidden",
      description: "The value must not be `forbidden`.",
      enforcementLevel: "mandatory",
      validateResource: (args, report) => {
        if (args.props.value === "forbidden") {
          report("given forbidden; wanted anything else");
        }
      },
    },
    {
      name: "no-doubtful",
      description: "The value should not be `doubtful`.",
      enforcementLevel: "advisory",
      validateResource: (args, report) => {
        if (args.props.value === "doubtful") {
          report("given doubtful; think again");
        }
      },
    },
  ],
});
