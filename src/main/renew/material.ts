import type { Content } from './contents.ts'

/** A version as it was downloaded. */
export type Material = {
  /** PEM, leaf first, without the root. */
  readonly certificates: readonly string[]
  /** PEM; undefined where no file wants it. */
  readonly key: string | undefined
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g
const KEY = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/

/** Takes certificates and key out of one PEM file. */
export const materialIn = (pem: string): Material => ({
  certificates: pem.match(CERTIFICATE) ?? [],
  key: KEY.exec(pem)?.[0],
})

/** The text of a file of PEM. */
export function pemOf(
  content: Exclude<Content, 'pkcs12' | 'jks'>,
  { certificates, key = '' }: Material,
): string {
  switch (content) {
    case 'cert':
      return certificates[0] ?? ''
    case 'chain':
      return certificates.slice(1).join('')
    case 'fullchain':
      return certificates.join('')
    case 'key':
      return key
    case 'combined':
      return certificates.join('') + key
  }
}
