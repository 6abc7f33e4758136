// A provider that does nothing but take its time, fail when told, and say what it was given.
const fs = require("node:fs");
const provider = require("@pulumi/pulumi/provider");

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

class Fixture {
  version = "0.0.1";

  async check(_urn, _olds, inputs) {
    return { inputs, failures: [] };
  }

  async diff(_id, _urn, olds, news) {
    return { changes: olds.value !== news.value };
  }

  async create(_urn, inputs) {
    if (inputs.log) {
      fs.appendFileSync(inputs.log, `created ${inputs.value}\n`);
    }
    if (inputs.environment) {
      fs.writeFileSync(inputs.environment, JSON.stringify(process.env));
    }
    if (inputs.waitFor) {
      while (!fs.existsSync(inputs.waitFor)) {
        await sleep(20);
      }
    }
    if (inputs.value === "broken") {
      throw new Error("EC2 said no");
    }
    return { id: `fixture-${inputs.value}`, outs: inputs };
  }

  async update(_id, _urn, _olds, news) {
    return { outs: news };
  }

  async delete() {}
}

// Ends with the engine, also when that was killed: its parent is then another process.
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(0), 100).unref();
provider.main(new Fixture(), process.argv.slice(2));
