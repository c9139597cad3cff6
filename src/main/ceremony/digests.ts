import { hash } from 'node:crypto'

/** SHA-256 in lower-case hex: how plan and transcript name files and keys. */
export const sha256Hex = (octets: Uint8Array): string => hash('sha256', octets, 'hex')
