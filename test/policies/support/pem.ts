/** Text in the form of a private key: what else is given as one is refused before the policies see a resource. */
export function pem(text: string): string {
  return `-----BEGIN PRIVATE KEY-----\n${text}\n-----END PRIVATE KEY-----\n`;
}
