// A provider of every package: it takes any resource of any type, and answers with what it was given.
const provider = require("@pulumi/pulumi/provider");

class Anything {
  version = "0.0.1";

  async check(_urn, _olds, inputs) {
    return { inputs, failures: [] };
  }

  async diff(_id, _urn, olds, news) {
    return { changes: JSON.stringify(olds) !== JSON.stringify(news) };
  }

  async create(urn, inputs) {
    return { id: `id-of-${urn.split("::").at(-1)}`, outs: inputs };
  }

  async update(_id, _urn, _olds, news) {
    return { outs: news };
  }

  async delete() {}
}

const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(0), 100).unref();
provider.main(new Anything(), process.argv.slice(2));
