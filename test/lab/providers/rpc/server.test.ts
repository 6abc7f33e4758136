import { once } from "node:events";

import { credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { ResourceProviderClient, ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { describe, expect, it, onTestFinished } from "vitest";

import { LabError } from "../../../../lab/errors";
import { ProviderError } from "../../../../lab/providers/rpc/provider";
import type { Operation, Provider, ResourceType } from "../../../../lab/providers/rpc/provider";
import { ProviderService } from "../../../../lab/providers/rpc/server";
import { fromStruct, Secret, toStruct, UNKNOWN } from "../../../../lab/providers/rpc/value";
import type { Properties } from "../../../../lab/providers/rpc/value";

const urn = (name: string, type = "a:b:Thing") => `urn:pulumi:dev::project::parent:type:T$${type}::${name}`;

const thing: ResourceType = {
  check: ({ news }) => ({
    inputs: { ...news, name: "auto" },
    failures: news["bad"] === undefined ? [] : [{ property: "bad", reason: "is bad" }],
  }),
  diff: () => ({
    changes: [
      { path: "tags.a", property: "tags", kind: "add", replace: false },
      { path: "tags.b", property: "tags", kind: "delete", replace: false },
      { path: "ami", property: "ami", kind: "update", replace: true },
    ],
    deleteBeforeReplace: true,
  }),
  create: async ({ inputs, preview }, operation) => {
    await act(operation);
    return { id: "id-1", outputs: { ...inputs, preview } };
  },
  read: ({ id, inputs, outputs }) => Promise.resolve(id === "gone" ? undefined : { inputs, outputs }),
  update: (request) => Promise.resolve({ ...request.inputs, old: request.oldInputs["x"] ?? null }),
  delete: () => Promise.resolve(),
};

/** What a resource does is in its name. */
async function act({ name, signal }: Operation): Promise<void> {
  switch (name) {
    case "refused":
      throw new ProviderError("the cloud says no");
    case "unready":
      throw new LabError("the lab is not ready", { fix: "type this" });
    case "slow":
      await once(signal, "abort");
      throw signal.reason;
    default:
  }
}

const provider: Provider = {
  name: "a",
  version: "1.2.3",
  title: "the stand-in for a",
  resources: { "a:b:Thing": thing },
  functions: {
    "a:b:find": {
      check: (args) => (args["bad"] === undefined ? [] : [{ property: "bad", reason: "is bad" }]),
      call: (args) => ({ found: args["name"] ?? null, hidden: new Secret("x") }),
    },
  },
  checkConfig: (config) => (config["bad"] === undefined ? [] : [{ property: "bad", reason: "is bad" }]),
  configure: () => undefined,
};

/** The provider behind a real socket, as the engine sees it. */
async function served() {
  const service = new ProviderService(provider, undefined);
  const server = new Server();
  server.addService(ResourceProviderService, service.implementation());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  const client = new ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });
  const answer = <Response>(
    call: (done: (error: ServiceError | null, response: Response) => void) => unknown,
  ) =>
    new Promise<Response>((resolve, reject) => {
      call((error, response) => (error ? reject(new Error(error.details)) : resolve(response)));
    });
  return {
    client,
    answer,
    create: (name: string, properties: Properties = {}, timeout = 0) =>
      answer<proto.CreateResponse>((done) =>
        client.create(
          new proto.CreateRequest().setUrn(urn(name)).setProperties(toStruct(properties)).setTimeout(timeout),
          done,
        ),
      ),
  };
}

describe("a provider, as the engine talks to it", () => {
  it("says what it is and that it keeps secrets and takes previews", async () => {
    const { client, answer } = await served();
    const info = await answer<{ getVersion(): string }>((done) => client.getPluginInfo(new Empty(), done));
    expect(info.getVersion()).toBe("1.2.3");
    const configured = await answer<proto.ConfigureResponse>((done) =>
      client.configure(new proto.ConfigureRequest(), done),
    );
    expect(configured.toObject()).toMatchObject({
      acceptsecrets: true,
      supportspreview: true,
      acceptresources: false,
    });
  });

  it("keeps secrets and unknown values on their way", async () => {
    const { create } = await served();
    const properties: Properties = { a: new Secret({ b: "c" }), d: UNKNOWN };
    const created = await create("x", properties);
    expect(created.getId()).toBe("id-1");
    expect(fromStruct(created.getProperties())).toEqual({ ...properties, preview: false });
  });

  it("reports refused arguments without naming the property, whose value the engine would print", async () => {
    const { client, answer } = await served();
    const request = new proto.CheckRequest().setUrn(urn("x")).setNews(toStruct({ bad: "hunter2" }));
    const checked = await answer<proto.CheckResponse>((done) => client.check(request, done));
    expect(checked.getFailuresList().map((failure) => failure.toObject())).toEqual([
      { property: "", reason: "bad: is bad" },
    ]);
    expect(fromStruct(checked.getInputs())).toEqual({ bad: "hunter2", name: "auto" });
    const config = await answer<proto.CheckResponse>((done) => client.checkConfig(request, done));
    expect(config.getFailuresList()).toHaveLength(1);
  });

  it("describes differences in detail", async () => {
    const { client, answer } = await served();
    const request = new proto.DiffRequest().setUrn(urn("x")).setNews(toStruct({})).setOldInputs(toStruct({}));
    const diff = await answer<proto.DiffResponse>((done) => client.diff(request, done));
    const { Kind } = proto.PropertyDiff;
    expect(diff.toObject()).toMatchObject({
      changes: proto.DiffResponse.DiffChanges.DIFF_SOME,
      diffsList: ["tags", "ami"],
      replacesList: ["ami"],
      deletebeforereplace: true,
      hasdetaileddiff: true,
      detaileddiffMap: [
        ["ami", { kind: Kind.UPDATE_REPLACE, inputdiff: true }],
        ["tags.a", { kind: Kind.ADD, inputdiff: true }],
        ["tags.b", { kind: Kind.DELETE, inputdiff: true }],
      ],
    });
  });

  it("finds a resource again or says that it is gone", async () => {
    const { client, answer } = await served();
    const read = (id: string) =>
      answer<proto.ReadResponse>((done) =>
        client.read(
          new proto.ReadRequest()
            .setId(id)
            .setUrn(urn("x"))
            .setInputs(toStruct({ a: 1 }))
            .setProperties(toStruct({ b: 2 })),
          done,
        ),
      );
    const found = await read("here");
    expect([found.getId(), fromStruct(found.getInputs()), fromStruct(found.getProperties())]).toEqual([
      "here",
      { a: 1 },
      { b: 2 },
    ]);
    expect((await read("gone")).getId()).toBe("");
  });

  it("passes the old inputs to an update", async () => {
    const { client, answer } = await served();
    const request = new proto.UpdateRequest()
      .setUrn(urn("x"))
      .setNews(toStruct({ x: 2 }))
      .setOldInputs(toStruct({ x: 1 }));
    const updated = await answer<proto.UpdateResponse>((done) => client.update(request, done));
    expect(fromStruct(updated.getProperties())).toEqual({ x: 2, old: 1 });
  });

  it("calls functions", async () => {
    const { client, answer } = await served();
    const invoke = (token: string, args: Properties) =>
      answer<proto.InvokeResponse>((done) =>
        client.invoke(new proto.InvokeRequest().setTok(token).setArgs(toStruct(args)), done),
      );
    expect(fromStruct((await invoke("a:b:find", { name: "n" })).getReturn())).toEqual({
      found: "n",
      hidden: new Secret("x"),
    });
    expect((await invoke("a:b:find", { bad: 1 })).getFailuresList()[0]?.toObject()).toEqual({
      property: "bad",
      reason: "is bad",
    });
    await expect(invoke("a:b:fnd", {})).rejects.toThrow(
      "the stand-in for a does not implement the function a:b:fnd (did you mean a:b:find?); it has: a:b:find",
    );
  });

  it("refuses types that it does not have, by name", async () => {
    const { client, answer } = await served();
    const request = new proto.CheckRequest().setUrn(urn("x", "a:b:Bucket"));
    await expect(answer((done) => client.check(request, done))).rejects.toThrow(
      "the stand-in for a does not implement the resource type a:b:Bucket; it has: a:b:Thing",
    );
  });

  it("passes on what went wrong, with what to do about it", async () => {
    const { create } = await served();
    await expect(create("refused")).rejects.toThrow("the cloud says no");
    await expect(create("unready")).rejects.toThrow("the lab is not ready. type this");
  });

  it("keeps a resource's time limit", async () => {
    const { create } = await served();
    await expect(create("slow", {}, 0.01)).rejects.toThrow("context deadline exceeded");
  });

  it("works on several resources at once, and stops them when it is cancelled", async () => {
    const { client, answer, create } = await served();
    const slow = create("slow");
    expect((await create("quick")).getId()).toBe("id-1");
    const ended = expect(slow).rejects.toThrow("context canceled");
    await answer((done) => client.cancel(new Empty(), done));
    await ended;
  });
});
