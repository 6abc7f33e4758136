import * as fs from "node:fs";
import * as path from "node:path";

import { build } from "esbuild";
import type { Plugin } from "esbuild";

/** A bundle that was made longer ago than this goes when the next one is made. Milliseconds. */
const OLD = 60 * 60 * 1000;

const checkout = path.resolve(__dirname, "../..");

/**
 * Sources find their neighbours through `__dirname`: programs that they start, files that they read. In the bundle it
 * stays what it is in the source.
 */
const keepFolders: Plugin = {
  name: "keep-folders",
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      const source = await fs.promises.readFile(file, "utf8");
      if (file.includes(`${path.sep}node_modules${path.sep}`) || !/\b__(?:dirname|filename)\b/.test(source)) {
        return undefined;
      }
      const names = { __dirname: path.dirname(file), __filename: file };
      const lines = Object.entries(names).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
      return { contents: `${lines.join(" ")} ${source}`, loader: "ts" };
    });
  },
};

/**
 * Makes one JavaScript file of a provider and everything that it needs: starting takes half the time that loading
 * the TypeScript sources and the packages one by one takes, and the engine starts providers again for every operation.
 *
 * @param provider a folder beside this file: `aws`.
 * @param file the result. It appears complete or not at all, also when several processes make it at once.
 */
export async function bundleProvider(provider: string, file: string): Promise<void> {
  const folder = path.dirname(file);
  await fs.promises.mkdir(folder, { recursive: true });
  const next = `${file}.${process.pid}.next`;
  try {
    await build({
      entryPoints: [path.join(__dirname, provider, "main.ts")],
      outfile: next,
      bundle: true,
      platform: "node",
      target: "node20",
      // Compiled parts stay files. A policy pack brings @pulumi/pulumi itself, and there must be one of it.
      ...(provider === "policy" ? { packages: "external" } : { external: ["*.node", "cpu-features"] }),
      plugins: [keepFolders],
      absWorkingDir: checkout,
      logLevel: "error",
    });
    await fs.promises.rename(next, file);
  } finally {
    await fs.promises.rm(next, { force: true });
  }
  await clear(folder, path.basename(file));
}

async function clear(folder: string, keep: string): Promise<void> {
  const prefix = keep.slice(0, keep.lastIndexOf("-") + 1);
  for (const name of await fs.promises.readdir(folder)) {
    const old = path.join(folder, name);
    if (
      name !== keep &&
      name.startsWith(prefix) &&
      Date.now() - (await fs.promises.stat(old)).mtimeMs > OLD
    ) {
      await fs.promises.rm(old, { force: true });
    }
  }
}

if (require.main === module) {
  const [provider, file] = process.argv.slice(2);
  if (provider === undefined || file === undefined) {
    throw new Error("usage: bundle PROVIDER FILE");
  }
  void bundleProvider(provider, file).catch((error: unknown) => {
    process.stderr.write(
      `cannot prepare the provider ${provider}: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.exitCode = 1;
  });
}
