export type { SettingDefault, SettingDefinition, SettingKey, SettingName } from "./definition";
export { EXTRA_KEYS_OUTSIDE_NET, validateExtraSetting } from "./extra";
export { defaultFor, findSetting, isPerNamespace, SETTINGS } from "./table";
export { validateSettingValue } from "./validate";
