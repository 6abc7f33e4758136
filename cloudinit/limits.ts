/** Most bytes of raw user data that EC2 takes, before base64. Source: EC2 user guide, "Instance user data". */
export const USER_DATA_LIMIT = 16384;
