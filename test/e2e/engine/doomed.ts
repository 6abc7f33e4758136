// A lab that is killed in the middle of `up`: node --import tsx doomed.ts LAB LOG GATE
import { Thing, open } from "./fixture";

async function main([dir, log, waitFor]: readonly string[]): Promise<void> {
  const stack = await open(dir ?? "", () => {
    new Thing("slow", { value: "slow", log, waitFor });
    return Promise.resolve({});
  });
  await stack.up();
}

void main(process.argv.slice(2));
