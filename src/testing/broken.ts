import type { GeneralName } from '../core/domain/names.ts'
import { DAY, type Millis } from '../core/domain/time.ts'
import {
  basicConstraints,
  extKeyUsage,
  keyUsage,
  nameConstraints,
  subjectAltName,
  type KeyUsage,
} from '../core/x509/extensions.ts'
import { EMPTY_NAME } from '../core/x509/distinguished-names.ts'
import { OID } from '../core/x509/oids.ts'
import type { Extension } from '../core/x509/types.ts'
import { REFUSALS, type Broken, type BrokenCertificate, type BrokenKind } from './broken-kinds.ts'
import type { Chancery } from './chancery.ts'
import type { Names } from './names.ts'
import { forge, newWeakKey, unknownExtension, usualValidity, type Forgery, type Party } from './forge.ts'
import { certificatePem } from './pem-forms.ts'
import { forgedNamesFrom } from './wishes.ts'

type Context = { readonly now: Millis; readonly names: readonly GeneralName[]; readonly root: Party }
/** What differs from a good certificate, and what of its chain is shown and trusted. */
type Deviation = {
  readonly leaf?: Partial<Forgery>
  readonly intermediate?: Partial<Forgery>
  /** What stands between leaf and root instead, nearest first. */
  readonly intermediates?: readonly [Party, ...Party[]]
  readonly presented?: 'leaf'
  readonly trusted?: Party
  readonly ciphers?: string
}

const over = (now: Millis) => ({ notBefore: now - 30 * DAY, notAfter: now - DAY })
const authority = (
  usages: readonly KeyUsage[] = ['keyCertSign', 'cRLSign'],
  ca = true,
  pathLength?: number,
): Extension[] => [basicConstraints(pathLength === undefined ? { ca } : { ca, pathLength }), keyUsage(usages)]
const leafExtensions = (
  names: readonly GeneralName[],
  { usage = 'digitalSignature', purposes = ['serverAuth', 'clientAuth'], more = [] }: LeafUse = {},
): Extension[] => [
  basicConstraints({ ca: false }),
  keyUsage([usage]),
  extKeyUsage(purposes.map((purpose) => OID[purpose])),
  ...(names.length === 0 ? [] : [subjectAltName(names, EMPTY_NAME)]),
  ...more,
]
type LeafUse = {
  readonly usage?: KeyUsage
  readonly purposes?: readonly ('serverAuth' | 'clientAuth' | 'codeSigning')[]
  readonly more?: readonly Extension[]
}

const ELSEWHERE: readonly GeneralName[] = [{ type: 'dns', value: 'elsewhere.invalid' }]
/** RFC 5280 §4.2.1.10 has a form for each: whatever the names are, none of them is permitted. */
const NOTHING_HERE = {
  permitted: { dns: ['elsewhere.invalid'], ip: ['192.0.2.0/32'], email: ['elsewhere.invalid'] },
}

const DEVIATIONS: Readonly<
  Record<Exclude<BrokenKind, 'revoked'>, (context: Context) => Deviation | Promise<Deviation>>
> = {
  expired: ({ now }) => ({ leaf: over(now) }),
  notYetValid: ({ now }) => ({ leaf: { notBefore: now + DAY } }),
  wrongName: () => ({ leaf: { extensions: leafExtensions(ELSEWHERE) } }),
  noSan: () => ({ leaf: { organization: 'No names', extensions: leafExtensions([]) } }),
  selfSigned: ({ now, names }) => {
    const self = forge({
      ...usualValidity(now),
      extensions: leafExtensions(names),
      commonName: 'Self-signed',
    })
    return { leaf: { issuer: self, key: self.key, commonName: 'Self-signed' }, presented: 'leaf' }
  },
  unknownIssuer: ({ now }) => ({ trusted: newRoot(now, 'Another root') }),
  missingIntermediate: () => ({ presented: 'leaf' }),
  badSignature: () => ({ leaf: { spoilt: true } }),
  sha1Signature: () => ({ leaf: { digest: 'sha1' } }),
  weakKey: async () => ({ leaf: { key: await newWeakKey() }, ciphers: 'DEFAULT@SECLEVEL=0' }),
  wrongKeyUsage: ({ names }) => ({
    leaf: { extensions: leafExtensions(names, { usage: 'dataEncipherment' }) },
  }),
  wrongExtendedKeyUsage: ({ names }) => ({
    leaf: { extensions: leafExtensions(names, { purposes: ['codeSigning'] }) },
  }),
  unknownCriticalExtension: ({ names }) => ({
    leaf: { extensions: leafExtensions(names, { more: [unknownExtension(true)] }) },
  }),
  expiredIntermediate: ({ now }) => ({ intermediate: over(now) }),
  caFlagMissing: () => ({ intermediate: { extensions: authority(['keyCertSign', 'cRLSign'], false) } }),
  signerMayNotSign: () => ({ intermediate: { extensions: authority(['digitalSignature', 'cRLSign']) } }),
  pathTooLong: ({ now, root }) => {
    const upper = newIntermediate(now, root, {
      commonName: 'Forged upper',
      extensions: authority(undefined, true, 0),
    })
    return { intermediates: [newIntermediate(now, upper), upper] }
  },
  nameNotPermitted: () => ({
    intermediate: { extensions: [...authority(), nameConstraints(NOTHING_HERE)] },
  }),
}

const newRoot = (now: Millis, commonName: string): Party =>
  forge({ commonName, ...usualValidity(now), extensions: authority() })

const newIntermediate = (now: Millis, issuer: Party, deviation: Partial<Forgery> = {}): Party =>
  forge({
    commonName: 'Forged issuing',
    ...usualValidity(now),
    extensions: authority(),
    issuer,
    ...deviation,
  })

function forged({ now, names, root }: Context, deviation: Deviation): BrokenCertificate {
  const intermediates = deviation.intermediates ?? [newIntermediate(now, root, deviation.intermediate)]
  const leaf = forge({
    ...usualValidity(now),
    extensions: leafExtensions(names),
    issuer: intermediates[0],
    ...deviation.leaf,
  })
  const besides = deviation.presented === 'leaf' ? [] : intermediates.map(({ der }) => certificatePem(der))
  const leafPem = certificatePem(leaf.der)
  return {
    cert: [leafPem, ...besides].join(''),
    key: leaf.key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    ca: certificatePem((deviation.trusted ?? root).der),
    leaf: leafPem,
    intermediates: besides.join(''),
    ...(deviation.ciphers === undefined ? {} : { ciphers: deviation.ciphers }),
  }
}

/**
 * Broken certificates under a root of their own, which is made when the first is asked for.
 * @param now the fixture's calendar
 * @param real issues and revokes what has to come from the authority itself
 */
export function createBroken(now: () => Millis, real: Pick<Chancery, 'issue' | 'revoke' | 'crls'>): Broken {
  const contextFor = (names: Names | undefined): Context => {
    const time = now()
    // A new root each time: the calendar may have been moved beyond an older one's validity.
    return { now: time, names: forgedNamesFrom(names), root: newRoot(time, 'Forged root') }
  }
  const kinds = Object.entries(DEVIATIONS).map(([kind, deviation]) => [
    kind,
    async (names?: Names): Promise<BrokenCertificate> => {
      const context = contextFor(names)
      const refusedWith = REFUSALS[kind as BrokenKind]
      return { ...forged(context, await deviation(context)), refusedWith }
    },
  ])
  // One method a row of the table; the loop over it can't say so.
  const methods = Object.fromEntries(kinds) as Omit<Broken, 'good' | 'revoked'>
  return {
    ...methods,
    good: async (names) => forged(contextFor(names), {}),
    revoked: async (names) => {
      const issued = await real.issue({ ...names, profile: 'tls' })
      await real.revoke(issued, 'keyCompromise')
      const { cert, key, ca, leaf, chain } = issued
      return {
        cert,
        key,
        ca,
        leaf,
        intermediates: chain.slice(0, -1).join(''),
        crls: await real.crls(),
        refusedWith: REFUSALS.revoked,
      }
    },
  }
}
