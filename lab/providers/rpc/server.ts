import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { handleUnaryCall, UntypedServiceImplementation } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { LabError } from "../../errors";
import type { Change, Diff } from "./diff";
import { EngineLog } from "./engine-log";
import { endWithParent } from "./lifetime";
import { ProviderError } from "./provider";
import type { Operation, Provider, ResourceType } from "./provider";
import type { Failure } from "./shape";
import { nearest } from "./suggest";
import { fromStruct, revealAll, toStruct } from "./value";

/** 400 MB, as the engine itself allows. */
const MESSAGE_LIMIT = 400 * 1024 * 1024;

/**
 * Serves a provider to the engine that started this process, until that engine ends it: prints the port on stdout.
 *
 * It speaks the engine's protocol directly and not through `@pulumi/pulumi/provider`, which loads the whole SDK (a
 * tenth of a second more at every start) and whose interface knows neither previews nor detailed differences.
 */
export async function serve(provider: Provider, args: readonly string[]): Promise<void> {
  // Only the address of the engine matters; flags of other engines are none of ours.
  const service = new ProviderService(
    provider,
    args.find((arg) => !arg.startsWith("-")),
  );
  const server = new Server({
    "grpc.max_receive_message_length": MESSAGE_LIMIT,
    "grpc.max_send_message_length": MESSAGE_LIMIT,
  });
  server.addService(ResourceProviderService, service.implementation());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  endWithParent(() => service.stop());
  process.stdout.write(`${port}\n`);
}

/** The engine's protocol on one side, a {@link Provider} on the other. */
export class ProviderService {
  private log: EngineLog;
  private cancelled = new AbortController();
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly provider: Provider,
    engineAddress: string | undefined,
  ) {
    this.log = new EngineLog(engineAddress);
  }

  /** Tells running operations to stop and waits for them. */
  async stop(): Promise<void> {
    this.cancelled.abort(new ProviderError("context canceled"));
    await Promise.all(this.running);
  }

  implementation(): UntypedServiceImplementation {
    return {
      handshake: this.unary<proto.ProviderHandshakeRequest, proto.ProviderHandshakeResponse>(() =>
        new proto.ProviderHandshakeResponse().setAcceptSecrets(true),
      ),
      getPluginInfo: this.unary<Empty, PluginInfo>(() => new PluginInfo().setVersion(this.provider.version)),
      attach: this.unary((request: PluginAttach) => {
        // Another engine, another operation: what was cancelled before does not concern it.
        this.log = new EngineLog(request.getAddress());
        this.cancelled = new AbortController();
        return new Empty();
      }),
      getSchema: this.unary<proto.GetSchemaRequest, proto.GetSchemaResponse>(() =>
        new proto.GetSchemaResponse().setSchema(
          JSON.stringify({ name: this.provider.name, version: this.provider.version }),
        ),
      ),
      checkConfig: this.unary((request: proto.CheckRequest) => this.checkConfig(request)),
      configure: this.unary((request: proto.ConfigureRequest) => this.configure(request)),
      check: this.unary((request: proto.CheckRequest) => this.check(request)),
      diff: this.unary((request: proto.DiffRequest) => this.diff(request)),
      create: this.unary((request: proto.CreateRequest) => this.create(request)),
      read: this.unary((request: proto.ReadRequest) => this.read(request)),
      update: this.unary((request: proto.UpdateRequest) => this.update(request)),
      delete: this.unary((request: proto.DeleteRequest) => this.delete(request)),
      invoke: this.unary((request: proto.InvokeRequest) => this.invoke(request)),
      cancel: this.unary<Empty, Empty>(() => {
        this.cancelled.abort(new ProviderError("context canceled"));
        return new Empty();
      }),
    };
  }

  private checkConfig(request: proto.CheckRequest): proto.CheckResponse {
    const news = request.getNews();
    const response = new proto.CheckResponse().setInputs(news);
    return withFailures(response, this.provider.checkConfig(fromStruct(news)).map(withoutProperty));
  }

  private configure(request: proto.ConfigureRequest): proto.ConfigureResponse {
    this.provider.configure(revealAll(fromStruct(request.getArgs())));
    return new proto.ConfigureResponse().setAcceptsecrets(true).setSupportspreview(true);
  }

  private check(request: proto.CheckRequest): proto.CheckResponse {
    const urn = request.getUrn();
    const { inputs, failures } = this.type(urn).check({
      urn,
      name: nameOf(urn),
      olds: fromStruct(request.getOlds()),
      news: fromStruct(request.getNews()),
      seed: Buffer.from(request.getRandomseed_asB64(), "base64"),
    });
    const response = new proto.CheckResponse().setInputs(toStruct(inputs));
    return withFailures(response, failures.map(withoutProperty));
  }

  private diff(request: proto.DiffRequest): proto.DiffResponse {
    const diff = this.type(request.getUrn()).diff({
      oldInputs: fromStruct(request.getOldInputs()),
      newInputs: fromStruct(request.getNews()),
    });
    return diffResponse(diff);
  }

  private async create(request: proto.CreateRequest): Promise<proto.CreateResponse> {
    const created = await this.type(request.getUrn()).create(
      { inputs: fromStruct(request.getProperties()), preview: request.getPreview() },
      this.operation(request),
    );
    return new proto.CreateResponse().setId(created.id).setProperties(toStruct(created.outputs));
  }

  private async read(request: proto.ReadRequest): Promise<proto.ReadResponse> {
    const type = this.type(request.getUrn());
    if (!type.read) {
      return new proto.ReadResponse()
        .setId(request.getId())
        .setInputs(request.getInputs())
        .setProperties(request.getProperties());
    }
    const found = await type.read(
      {
        id: request.getId(),
        inputs: fromStruct(request.getInputs()),
        outputs: fromStruct(request.getProperties()),
      },
      this.operation(request),
    );
    // An empty id tells the engine that the resource is gone.
    return found
      ? new proto.ReadResponse()
          .setId(request.getId())
          .setInputs(toStruct(found.inputs))
          .setProperties(toStruct(found.outputs))
      : new proto.ReadResponse();
  }

  private async update(request: proto.UpdateRequest): Promise<proto.UpdateResponse> {
    const outputs = await this.type(request.getUrn()).update(
      {
        id: request.getId(),
        oldInputs: fromStruct(request.getOldInputs()),
        oldOutputs: fromStruct(request.getOlds()),
        inputs: fromStruct(request.getNews()),
        preview: request.getPreview(),
      },
      this.operation(request),
    );
    return new proto.UpdateResponse().setProperties(toStruct(outputs));
  }

  private async delete(request: proto.DeleteRequest): Promise<Empty> {
    await this.type(request.getUrn()).delete(
      { id: request.getId(), outputs: fromStruct(request.getProperties()) },
      this.operation(request),
    );
    return new Empty();
  }

  private async invoke(request: proto.InvokeRequest): Promise<proto.InvokeResponse> {
    const token = request.getTok();
    const known = this.provider.functions;
    const called = Object.hasOwn(known, token) ? known[token] : undefined;
    if (!called) {
      throw this.unsupported("function", token, Object.keys(known));
    }
    const args = fromStruct(request.getArgs());
    const failures = called.check(args);
    if (failures.length > 0) {
      return withFailures(new proto.InvokeResponse(), failures);
    }
    return new proto.InvokeResponse().setReturn(toStruct(await called.call(revealAll(args))));
  }

  private type(urn: string): ResourceType {
    const token = typeOf(urn);
    const known = this.provider.resources;
    const type = Object.hasOwn(known, token) ? known[token] : undefined;
    if (!type) {
      throw this.unsupported("resource type", token, Object.keys(known));
    }
    return type;
  }

  private unsupported(what: string, token: string, known: readonly string[]): ProviderError {
    const meant = nearest(token, known);
    return new ProviderError(
      `${this.provider.title} does not implement the ${what} ${token}` +
        `${meant ? ` (did you mean ${meant}?)` : ""}; it has: ${known.join(", ") || "none"}`,
    );
  }

  private operation(request: { getUrn(): string; getTimeout?(): number }): Operation {
    const urn = request.getUrn();
    const seconds = request.getTimeout?.() ?? 0;
    const signals = [this.cancelled.signal];
    if (seconds > 0) {
      signals.push(AbortSignal.timeout(seconds * 1000));
    }
    return {
      urn,
      name: nameOf(urn),
      signal: AbortSignal.any(signals),
      log: (severity, message, options) => this.log.write(severity, message, urn, options?.passing ?? false),
    };
  }

  /** Answers one kind of call; calls run side by side. */
  private unary<Request, Response>(
    handle: (request: Request) => Response | Promise<Response>,
  ): handleUnaryCall<Request, Response> {
    return (call, callback) => {
      const done = (async () => handle(call.request))()
        .finally(() => this.log.flush())
        .then(
          (response) => callback(null, response),
          (error: unknown) => callback({ code: status.UNKNOWN, details: describe(error) }),
        );
      this.running.add(done);
      void done.finally(() => this.running.delete(done));
    };
  }
}

/** What the engine shows of an error. The stack of a defect goes to stderr, where it can be reported from. */
function describe(error: unknown): string {
  if (error instanceof LabError) {
    return `${error.message}. ${error.fix}`;
  }
  if (error instanceof ProviderError) {
    return error.message;
  }
  if (error instanceof Error) {
    if (error.name === "TimeoutError") {
      return "context deadline exceeded";
    }
    process.stderr.write(`${error.stack ?? error.message}\n`);
    return error.message;
  }
  return String(error);
}

/** The engine prints the whole value of a property that it is told of: user data, keys, scripts. So the path goes into the text. */
function withoutProperty({ property, reason }: Failure): Failure {
  return { property: "", reason: property === "" ? reason : `${property}: ${reason}` };
}

function withFailures<Response extends { addFailures(failure: proto.CheckFailure): unknown }>(
  response: Response,
  failures: readonly Failure[],
): Response {
  for (const { property, reason } of failures) {
    response.addFailures(new proto.CheckFailure().setProperty(property).setReason(reason));
  }
  return response;
}

function diffResponse(diff: Diff): proto.DiffResponse {
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const response = new proto.DiffResponse()
    .setChanges(diff.changes.length > 0 ? DIFF_SOME : DIFF_NONE)
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(diff.deleteBeforeReplace)
    .setDiffsList([...new Set(diff.changes.map((change) => change.property))])
    .setReplacesList([
      ...new Set(diff.changes.filter((change) => change.replace).map((change) => change.property)),
    ]);
  const detailed = response.getDetaileddiffMap();
  for (const change of diff.changes) {
    detailed.set(change.path, new proto.PropertyDiff().setKind(kindOf(change)).setInputdiff(true));
  }
  return response;
}

function kindOf(change: Change): proto.PropertyDiff.Kind {
  const Kind = proto.PropertyDiff.Kind;
  switch (change.kind) {
    case "add":
      return change.replace ? Kind.ADD_REPLACE : Kind.ADD;
    case "delete":
      return change.replace ? Kind.DELETE_REPLACE : Kind.DELETE;
    case "update":
      return change.replace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
  }
}

/** `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME` */
function typeOf(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").pop() ?? "";
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
