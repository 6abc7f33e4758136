/** Most bytes of raw user data that EC2 takes, before base64. Source: EC2 user guide, "Instance user data". */
export const USER_DATA_LIMIT = 16384;

/** Most characters of user data that are read: no cloud takes more, and YAML of many megabytes would hold up a preview. */
export const READ_LIMIT = 262144;
