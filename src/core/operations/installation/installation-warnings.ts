import type { Ports } from '../../ports/ports.ts'

/** What an operator should know about the configuration; also part of every answer of an issuance. */
export const installationWarnings = (ports: Pick<Ports, 'settings'>): readonly string[] =>
  ports.settings.publicUrl === undefined
    ? [
        'no_public_url: CHANCERY_PUBLIC_URL is not set, so certificates name no CRL that a verifier could fetch',
      ]
    : []
