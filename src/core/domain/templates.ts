import { ChanceryError } from './errors.ts'
import type { KeyUsage, PurposeName } from './key-usages.ts'

/** Where an extension that the template doesn't fix may come from. */
export type ExtensionSource = 'authority' | 'api' | 'csr'

/** A certificate template of AWS Private CA: which extensions it fixes, and what may be passed through it. */
export type Template = {
  /** As AWS's documentation has it, with the version: `EndEntityCertificate/V1`. */
  readonly name: string
  readonly kind: 'root' | 'subordinate' | 'leaf'
  /** What may be passed through: the API's values, the extensions of the CSR. Its subject, names and key always are. */
  readonly passthrough: { readonly api: boolean; readonly csr: boolean }
  readonly basicConstraints: {
    readonly critical: boolean
    readonly ca: boolean
    readonly pathLength: number | undefined
  }
  /** Critical; undefined: left to what is passed through. */
  readonly keyUsage: readonly KeyUsage[] | undefined
  /** Undefined: left to what is passed through. */
  readonly extendedKeyUsage:
    { readonly critical: boolean; readonly purposes: readonly PurposeName[] } | undefined
  /** The first source that has a CRL distribution point gives it; empty: as any extension that the template leaves open. */
  readonly crlDistributionPoints: readonly ExtensionSource[]
}

type Variety = '' | '_APIPassthrough' | '_CSRPassthrough' | '_APICSRPassthrough'
/** A row of AWS's table for the varieties it comes in. */
type Row = Omit<Template, 'name' | 'passthrough' | 'crlDistributionPoints'> & {
  readonly base: string
  readonly varieties: readonly Variety[]
}

const ALL: readonly Variety[] = ['', '_APIPassthrough', '_CSRPassthrough', '_APICSRPassthrough']
/** A blank template without passthrough would be empty. */
const PASSTHROUGHS = ALL.slice(1)
const PATH_LENGTHS = [0, 1, 2, 3] as const

const SIGNING: readonly KeyUsage[] = ['digitalSignature']
const SIGNING_ENCIPHERING: readonly KeyUsage[] = ['digitalSignature', 'keyEncipherment']
const CERTIFYING: readonly KeyUsage[] = ['digitalSignature', 'keyCertSign', 'cRLSign']

/** Not critical in AWS's end-entity templates; RFC 5280 §4.2.1.9 leaves it open. */
const endEntity = (critical = false) =>
  ({ kind: 'leaf', basicConstraints: { critical, ca: false, pathLength: undefined } }) as const
const authority = (kind: 'root' | 'subordinate', pathLength?: number) =>
  ({ kind, basicConstraints: { critical: true, ca: true, pathLength } }) as const
const purposes = (critical: boolean, ...names: readonly PurposeName[]) => ({ critical, purposes: names })
const BLANK = { keyUsage: undefined, extendedKeyUsage: undefined }
const FOR_AUTHORITIES = { keyUsage: CERTIFYING, extendedKeyUsage: undefined }

const leaf = (
  base: string,
  keyUsage: readonly KeyUsage[],
  extendedKeyUsage: Template['extendedKeyUsage'],
): Row => ({ base, varieties: ALL, ...endEntity(), keyUsage, extendedKeyUsage })

const ROWS: readonly Row[] = [
  leaf('EndEntityCertificate', SIGNING_ENCIPHERING, purposes(false, 'serverAuth', 'clientAuth')),
  leaf('EndEntityClientAuthCertificate', SIGNING_ENCIPHERING, purposes(false, 'clientAuth')),
  leaf('EndEntityServerAuthCertificate', SIGNING_ENCIPHERING, purposes(false, 'serverAuth')),
  leaf('CodeSigningCertificate', SIGNING, purposes(true, 'codeSigning')),
  leaf('OCSPSigningCertificate', SIGNING, purposes(true, 'ocspSigning')),
  { base: 'BlankEndEntityCertificate', varieties: PASSTHROUGHS, ...endEntity(), ...BLANK },
  {
    base: 'BlankEndEntityCertificate_CriticalBasicConstraints',
    varieties: PASSTHROUGHS,
    ...endEntity(true),
    ...BLANK,
  },
  {
    base: 'RootCACertificate',
    varieties: ['', '_APIPassthrough'],
    ...authority('root'),
    ...FOR_AUTHORITIES,
  },
  { base: 'BlankRootCACertificate', varieties: ['_APIPassthrough'], ...authority('root'), ...BLANK },
  ...PATH_LENGTHS.flatMap((length): Row[] => [
    {
      base: `SubordinateCACertificate_PathLen${length}`,
      varieties: ALL,
      ...authority('subordinate', length),
      ...FOR_AUTHORITIES,
    },
    {
      base: `BlankSubordinateCACertificate_PathLen${length}`,
      varieties: PASSTHROUGHS,
      ...authority('subordinate', length),
      ...BLANK,
    },
    {
      base: `BlankRootCACertificate_PathLen${length}`,
      varieties: ['_APIPassthrough'],
      ...authority('root', length),
      ...BLANK,
    },
  ]),
]

/** AWS's rules for the CRL distribution point, two oddities of its table included. */
function pointSources({ base, kind }: Row, variety: Variety): readonly ExtensionSource[] {
  if (kind === 'root') return []
  const sources: ExtensionSource[] = ['authority']
  if (base === 'BlankEndEntityCertificate_CriticalBasicConstraints' && variety.includes('API'))
    sources.push('api')
  if (variety.includes('CSR') || (base === 'EndEntityClientAuthCertificate' && variety === ''))
    sources.push('csr')
  return sources
}

/** All of them, by name. */
export const TEMPLATES: ReadonlyMap<string, Template> = new Map(
  ROWS.flatMap((row) =>
    row.varieties.map((variety): [string, Template] => {
      const { base, varieties: _, ...fixed } = row
      const name = `${base}${variety}/V1`
      return [
        name,
        {
          name,
          ...fixed,
          passthrough: { api: variety.includes('API'), csr: variety.includes('CSR') },
          crlDistributionPoints: pointSources(row, variety),
        },
      ]
    }),
  ),
)

const ARN = /^arn:aws[a-z-]*:acm-pca:::template\//

/** The ARN of a template in a partition, `aws` in most regions. */
export const templateArn = ({ name }: Template, partition = 'aws'): string =>
  templateArnNamed(name, partition)
export const templateArnNamed = (name: string, partition: string): string =>
  `arn:${partition}:acm-pca:::template/${name}`

/**
 * The template of a name such as `EndEntityCertificate/V1`, or of its ARN.
 * @throws request_invalid naming `field`
 */
export function templateFrom(reference: string, field = 'template'): Template {
  const template = TEMPLATES.get(reference.replace(ARN, ''))
  if (template !== undefined) return template
  const message = 'there is no such template; one is named as EndEntityCertificate/V1 or by its ARN'
  throw new ChanceryError('request_invalid', `${field}: ${message}`, {
    violations: [{ code: 'template', field, message }],
  })
}
