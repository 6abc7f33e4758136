// What `pulumi-language-nodejs` does for `pulumi up`: it starts @pulumi/pulumi/cmd/run on the project's program, with
// TypeScript as Pulumi.yaml says. The arguments are those of sdk/nodejs/cmd/pulumi-language-nodejs in pulumi/pulumi.
const { spawn } = require("node:child_process");
const grpc = require("@grpc/grpc-js");
const { LanguageRuntimeService } = require("@pulumi/pulumi/proto/language_grpc_pb");
const language = require("@pulumi/pulumi/proto/language_pb");
const plugin = require("@pulumi/pulumi/proto/plugin_pb");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb");

const engine = process.argv.slice(2).find((argument) => !argument.startsWith("-"));

function run(call, callback) {
  const request = call.request;
  const info = request.getInfo();
  const config = Object.fromEntries(request.getConfigMap().getEntryList());
  const child = spawn(
    process.execPath,
    [
      require.resolve("@pulumi/pulumi/cmd/run"),
      `--monitor=${request.getMonitorAddress()}`,
      `--engine=${engine}`,
      `--organization=${request.getOrganization()}`,
      `--project=${request.getProject()}`,
      `--root-directory=${info.getRootDirectory()}`,
      `--stack=${request.getStack()}`,
      `--pwd=${info.getProgramDirectory()}`,
      ...(request.getDryrun() ? ["--dry-run"] : []),
      `--parallel=${request.getParallel()}`,
      info.getEntryPoint(),
    ],
    {
      cwd: info.getProgramDirectory(),
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        PULUMI_NODEJS_TYPESCRIPT: "true",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  child.stderr.on("data", (chunk) => (said += chunk));
  child.on("close", (code) => {
    const response = new language.RunResponse();
    // 32: the runner has already reported the error through the engine.
    if (code === 32) {
      response.setBail(true);
    } else if (code !== 0) {
      response.setError(`the program ended with ${code}: ${said}`);
    }
    callback(null, response);
  });
}

const answer = (make) => (_call, callback) => callback(null, make());
const server = new grpc.Server();
server.addService(LanguageRuntimeService, {
  handshake: answer(() => new language.LanguageHandshakeResponse()),
  getPluginInfo: answer(() => new plugin.PluginInfo().setVersion("3.248.0")),
  getRequiredPlugins: answer(() => new language.GetRequiredPluginsResponse()),
  getRequiredPackages: answer(() => new language.GetRequiredPackagesResponse()),
  about: answer(() => new language.AboutResponse()),
  getProgramDependencies: answer(() => new language.GetProgramDependenciesResponse()),
  runtimeOptionsPrompts: answer(() => new language.RuntimeOptionsResponse()),
  cancel: answer(() => new Empty()),
  run,
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  process.stdout.write(`${port}\n`);
});
