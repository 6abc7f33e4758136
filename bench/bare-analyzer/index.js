// A policy pack without policies, without the SDK for them, that does not even decode what it is asked: no pack can cost the engine less.
const grpc = require("@grpc/grpc-js");
const { AnalyzerService } = require("@pulumi/pulumi/proto/analyzer_grpc_pb");
const proto = require("@pulumi/pulumi/proto/analyzer_pb");
const { PluginInfo } = require("@pulumi/pulumi/proto/plugin_pb");

const undecoded = (name) => ({ ...AnalyzerService[name], requestDeserialize: (bytes) => bytes });
const answering = (make) => (_call, callback) => callback(null, make());

const info = new proto.AnalyzerInfo();
info.setName("bare-analyzer");
info.setVersion("0.0.1");
info.setSupportsconfig(true);

const server = new grpc.Server();
server.addService(
  {
    ...AnalyzerService,
    analyze: undecoded("analyze"),
    analyzeStack: undecoded("analyzeStack"),
    remediate: undecoded("remediate"),
  },
  {
    analyze: answering(() => new proto.AnalyzeResponse()),
    analyzeStack: answering(() => new proto.AnalyzeResponse()),
    remediate: answering(() => new proto.RemediateResponse()),
    getAnalyzerInfo: answering(() => info),
    getPluginInfo: answering(() => new PluginInfo()),
    configure: answering(() => new AnalyzerService.configure.responseType()),
    configureStack: answering(() => new proto.AnalyzerStackConfigureResponse()),
  },
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  console.log(String(port));
});
