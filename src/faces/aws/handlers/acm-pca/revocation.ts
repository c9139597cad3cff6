import { refuse, type Violation } from '../../../../core/domain/errors.ts'
import type {
  RevocationConfiguration,
  RevocationWishes,
} from '../../../../core/domain/revocation-configuration.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type { RevocationConfiguration as Shape } from '../../models/acm-pca/shapes.ts'

type Revocation = ValueOf<typeof Shape>

const HOURS_A_DAY = 24
const USUAL_DAYS = 7

/** What a new authority has where nothing is said: no CRL, no responder, and nothing about them in certificates. */
const NOTHING: RevocationWishes = { crl: { enabled: false }, ocsp: { enabled: false }, caIssuers: false }

/**
 * What a new authority's configuration says.
 * @throws request_invalid for what goes without `Enabled: true`
 */
export function firstRevocation(given: Revocation | undefined): RevocationWishes {
  return { ...NOTHING, ...revocationWishes(given ?? {}) }
}

/**
 * What is to be otherwise: each of the two parts is replaced as a whole, or left as it is where it isn't there.
 * @throws request_invalid for what goes without `Enabled: true`
 */
export function revocationWishes({ CrlConfiguration, OcspConfiguration }: Revocation): RevocationWishes {
  refuse('request_invalid', [
    ...disabledViolations('crlConfiguration', CrlConfiguration),
    ...disabledViolations('ocspConfiguration', OcspConfiguration),
  ])
  return {
    ...(CrlConfiguration === undefined ? {} : { crl: crlWishes(CrlConfiguration) }),
    ...(OcspConfiguration === undefined
      ? {}
      : {
          ocsp: { enabled: OcspConfiguration.Enabled, host: OcspConfiguration.OcspCustomCname || null },
        }),
  }
}

const crlWishes = (crl: NonNullable<Revocation['CrlConfiguration']>): NonNullable<RevocationWishes['crl']> =>
  crl.Enabled
    ? {
        enabled: true,
        kind: crl.CrlType ?? 'COMPLETE',
        hours: (crl.ExpirationInDays ?? USUAL_DAYS) * HOURS_A_DAY,
        host: crl.CustomCname || null,
        path: crl.CustomPath || null,
        bucket: crl.S3BucketName || null,
        objectAcl: crl.S3ObjectAcl ?? 'PUBLIC_READ',
        omitExtension: crl.CrlDistributionPointExtensionConfiguration?.OmitExtension ?? false,
      }
    : { enabled: false }

/** Contract §5.6: what is switched off says nothing else. */
function disabledViolations(
  part: string,
  given: { readonly Enabled: boolean } | undefined,
): readonly Violation[] {
  if (given === undefined || given.Enabled) return []
  return Object.keys(given)
    .filter((member) => member !== 'Enabled')
    .map((member) => ({
      code: 'revocation_disabled',
      field: `revocationConfiguration.${part}.${member[0]?.toLowerCase()}${member.slice(1)}`,
      message: 'goes without Enabled: false',
    }))
}

/** A configuration as acm-pca shows it. */
export function revocationOutput({ crl, ocsp }: RevocationConfiguration): Revocation {
  return {
    CrlConfiguration: {
      Enabled: crl.enabled,
      ...(crl.enabled && {
        ExpirationInDays: Math.ceil(crl.hours / HOURS_A_DAY),
        CustomCname: crl.host,
        S3BucketName: crl.bucket,
        S3ObjectAcl: crl.objectAcl,
        CrlDistributionPointExtensionConfiguration: { OmitExtension: crl.omitExtension },
        CrlType: crl.kind,
        CustomPath: crl.path,
      }),
    },
    OcspConfiguration: { Enabled: ocsp.enabled, OcspCustomCname: ocsp.enabled ? ocsp.host : undefined },
  }
}
