import type { Call } from "./call";

/** Commands that run the command that they are given: what is left when they are taken off. */
type Unwrap = (call: Call) => Call | "nothing" | undefined;

export const WRAPPERS: ReadonlyMap<string, Unwrap> = new Map<string, Unwrap>([
  ["sudo", asRoot(options(["-u", "-g", "-p", "-C", "-h", "-r", "-t", "-U", "-D"]))],
  ["doas", asRoot(options(["-u", "-C"]))],
  ["env", environment],
  ["nohup", options([])],
  ["setsid", options([])],
  ["nice", options(["-n"])],
  ["ionice", options(["-c", "-n", "-p"])],
  ["stdbuf", options(["-i", "-o", "-e"])],
  ["time", (call) => shellsOwn(call, options(["-f", "-o"])(call))],
  ["chronic", options([])],
  ["builtin", (call) => shellsOwn(call, options([])(call))],
  ["timeout", (call) => options(["-k", "-s"], 1)(call)],
  ["command", byCommand],
  ["exec", exec],
  ["cloud-init-per", cloudInitPer],
]);

/** Takes off options, those that have an argument with it, assignments, and `operands` further words. */
function options(withArgument: readonly string[], operands = 0): Unwrap {
  return (call) => {
    let at = 0;
    for (; at < call.fields.length; at++) {
      const text = call.fields[at]?.text ?? "";
      if (text === "--") {
        at++;
        break;
      }
      if (withArgument.includes(text)) {
        at++;
      } else if (!text.startsWith("-") && !/^[A-Za-z_]\w*=/.test(text)) {
        break;
      }
    }
    return rest(call, at + operands);
  };
}

const IS_ROOT = /^(?:root|0|#0)$/;

/** Nobody can say what another user may do, and some options run nothing. */
function asRoot(unwrap: Unwrap): Unwrap {
  return (call) => {
    const words = call.fields.map(({ text }) => text);
    for (const [at, word] of words.entries()) {
      if (word === "--" || !word.startsWith("-")) {
        return unwrap(call);
      }
      const [, user] = /^(?:-[ug]|--(?:user|group)=)(.+)$/.exec(word) ?? [];
      const named = /^(?:-[ug]|--user|--group)$/.test(word) ? (words[at + 1] ?? "") : user;
      if (named !== undefined && !IS_ROOT.test(named)) {
        return undefined;
      }
      if (named !== undefined && user === undefined) {
        // What follows is the name, and perhaps more options behind it.
        return asRoot(unwrap)({
          ...call,
          fields: call.fields.filter((_, index) => index !== at && index !== at + 1),
        });
      }
      if (
        /^(?:-[lveKDs]|--shell|--chdir.*|--(?:list|validate|edit|version|help|remove-timestamp))$/.test(word)
      ) {
        return undefined;
      }
    }
    return unwrap(call);
  };
}

function rest(call: Call, from: number): Call | "nothing" {
  const [name, ...fields] = call.fields.slice(from);
  return name === undefined ? "nothing" : { ...call, name, fields, external: true };
}

/** `command -v NAME` only asks, and `command -p` looks for programs in other directories. */
function byCommand(call: Call): ReturnType<Unwrap> {
  const option = call.fields[0]?.text ?? "";
  if (/^-[a-zA-Z]*[vV]/.test(option)) {
    return undefined;
  }
  const doubt = call.doubt ?? (/^-[a-zA-Z]*p/.test(option) ? "command-not-understood" : undefined);
  return shellsOwn(call, options([])({ ...call, doubt }));
}

/** It runs in this shell, unless something around it is another program already. */
function shellsOwn({ external }: Call, inner: ReturnType<Unwrap>): ReturnType<Unwrap> {
  if (inner === undefined || inner === "nothing" || external) {
    return inner;
  }
  const { shell, name, fields, line, doubt, input, output } = inner;
  return { shell, name, fields, line, doubt, input, output };
}

/** Another directory, words in one word, and no path to look for programs in: what comes of them is not followed. */
function environment(call: Call): ReturnType<Unwrap> {
  const inner = options(["-u"])(call);
  const [taken] = inner !== undefined && inner !== "nothing" ? [call.fields.length - inner.fields.length - 1] : [call.fields.length];
  return call.fields.slice(0, taken).some(({ text }) => /^-[A-Za-z]*[SCi]|^-$|^--(?:split|chdir|ignore)/.test(text)) ? undefined : inner;
} // prettier-ignore

/** `exec COMMAND` never comes back; `exec > FILE` only opens. */
function exec(call: Call): ReturnType<Unwrap> {
  const inner = options(["-a"])(call);
  const [, variable] =
    (call.fields.length === 1 && /^\{([A-Za-z_]\w*)\}$/.exec(call.fields[0]?.text ?? "")) || [];
  if (variable !== undefined) {
    // `exec {NAME}> FILE` of bash: the number of the descriptor is in the variable.
    call.shell.assign(variable, undefined, call.doubt);
    if (call.shell.dialect === "sh") {
      call.shell.end(call.doubt ?? "shells-differ");
    }
    return "nothing";
  }
  if (inner !== undefined && inner !== "nothing") {
    call.shell.end(call.doubt);
    call.shell.replaced ??= call.doubt ?? "condition";
  }
  return inner;
}

/** `cloud-init-per once|instance|always NAME COMMAND`: only `always` runs again on the next boot. */
function cloudInitPer(call: Call): Call | "nothing" | undefined {
  const frequency = call.fields[0]?.text;
  if (frequency !== "always" && frequency !== "instance" && frequency !== "once") {
    return undefined;
  }
  return call.shell.boot === 2 && frequency !== "always" ? "nothing" : rest(call, 2);
}
