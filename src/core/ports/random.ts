/** Cryptographically strong octets: serial numbers, ids, tokens, salts. */
export type Random = { bytes(length: number): Uint8Array }
