/** Standards that whoever makes an authority may ask its key's storage to keep; kept and shown, and vouched for by nobody here. */
export const KEY_STORAGE_STANDARDS = [
  'FIPS_140_2_LEVEL_2_OR_HIGHER',
  'FIPS_140_2_LEVEL_3_OR_HIGHER',
  'CCPC_LEVEL_1_OR_HIGHER',
] as const
export type KeyStorageStandard = (typeof KEY_STORAGE_STANDARDS)[number]
