/** The contents of the parts of a multipart document, decoded; a nested document is one part, headers and all. */
export function splitMultipart(text: string, unknown: string[]): string[] {
  const { headers, body } = splitHeaders(text);
  const found = /boundary=(?:"([^"]+)"|([^";\s]+))/i.exec(headers);
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) {
    unknown.push("a multipart document without a boundary");
    return [];
  }
  const parts: string[] = [];
  let current: string[] | undefined;
  for (const line of body.split(/\r?\n/)) {
    if (line.trimEnd() === `--${boundary}` || line.trimEnd() === `--${boundary}--`) {
      if (current) {
        parts.push(current.join("\n"));
      }
      current = line.trimEnd().endsWith(`${boundary}--`) ? undefined : [];
    } else {
      current?.push(line);
    }
  }
  if (current) {
    // Cut short, before the closing boundary: cloud-init takes the part all the same.
    parts.push(current.join("\n"));
  }
  if (parts.length === 0) {
    unknown.push("a multipart document without parts");
  }
  return parts.map((part) => decodePart(part, unknown)).filter((part) => part !== undefined);
}

function decodePart(part: string, unknown: string[]): string | undefined {
  const { headers, body } = splitHeaders(part);
  if (/^Content-Type:\s*multipart\//im.test(headers)) {
    return part;
  }
  const encoding = /^Content-Transfer-Encoding:\s*(\S+)/im.exec(headers)?.[1]?.toLowerCase() ?? "7bit";
  if (encoding === "base64") {
    return Buffer.from(body, "base64").toString("utf8");
  }
  if (encoding === "7bit" || encoding === "8bit" || encoding === "binary") {
    return body;
  }
  unknown.push("a part with an encoding other than base64");
  return undefined;
}

function splitHeaders(text: string): { headers: string; body: string } {
  if (/^\r?\n/.test(text)) {
    return { headers: "", body: text.replace(/^\r?\n/, "") };
  }
  const gap = /\r?\n\r?\n/.exec(text);
  return gap
    ? {
        headers: text.slice(0, gap.index).replace(/\r?\n[ \t]+/g, " "),
        body: text.slice(gap.index + gap[0].length),
      }
    : { headers: text, body: "" };
}
