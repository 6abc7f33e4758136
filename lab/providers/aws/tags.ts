import { mapOf, text } from "../rpc/shape";
import type { Shape } from "../rpc/shape";
import { isProperties, Secret } from "../rpc/value";

const LIMIT = 50;

/** Tags as EC2 takes them: at most 50, keys of 1 to 128 characters that do not begin with `aws:`, values of at most 256. */
export const tags: Shape = (value, place) => {
  const values = mapOf(
    text((each) => (each.length <= 256 ? undefined : "a tag's value has at most 256 characters")),
  )(value, place);
  const map = value instanceof Secret ? value.value : value;
  if (!isProperties(map)) {
    return values;
  }
  const keys = Object.keys(map);
  const reasons = keys.flatMap((key) => {
    if (key.length < 1 || key.length > 128) {
      return ["a tag's key has 1 to 128 characters"];
    }
    return /^aws:/i.test(key) ? ['tag keys that begin with "aws:" are reserved'] : [];
  });
  if (keys.length > LIMIT) {
    reasons.push(`at most ${LIMIT} tags, not ${keys.length}`);
  }
  return [...values, ...reasons.map((reason) => ({ property: place.path, reason }))];
};
