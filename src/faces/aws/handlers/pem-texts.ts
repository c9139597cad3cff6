import { certificatePem } from '../../../core/operations/certificates/certificate-facts.ts'

/** A certificate as AWS gives it out: without a line feed at its end. */
export const pemText = (der: Uint8Array): string => certificatePem(der).trimEnd()

/** Certificates above another one, root last; undefined where there are none. */
export const chainText = (chain: readonly Uint8Array[]): string | undefined =>
  chain.length === 0 ? undefined : chain.map(pemText).join('\n')
