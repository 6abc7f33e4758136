import { portOf } from "./number";

/** `80:80`, `127.0.0.1:80:8080/tcp`, `[::1]:80:80`, `8000-8010:8000-8010`. */
const PUBLISHED = /(?:^|:)(\d{1,5})(?:-(\d{1,5}))?:(\d{1,5})(?:-(\d{1,5}))?(?:\/tcp)?$/;

/** Somebody who publishes more lets a variable decide, or opens the whole machine. */
const MOST = 1024;

/**
 * The TCP ports of the host that lead into a container by one option of `docker run`, or by one line of Compose. None where the host
 * takes any port, or any one of a range.
 */
export function publishedBy(text: string): readonly number[] {
  const [, first, last = first, inner, innerLast = inner] = PUBLISHED.exec(text) ?? [];
  const from = portOf(first);
  const to = portOf(last);
  const isOneToOne =
    from !== undefined && to !== undefined && to - from === Number(innerLast) - Number(inner);
  return isOneToOne && to >= from && to - from < MOST
    ? Array.from({ length: to - from + 1 }, (_, index) => from + index)
    : [];
}
