/** User data that cannot be composed. The message says what was given and where, what is allowed and what to do. */
export class UserDataError extends Error {
  constructor(given: string, allowed: string, fix: string) {
    super(`user data: given ${given}; allowed: ${allowed}; instead: ${fix}`);
    this.name = "UserDataError";
  }
}
