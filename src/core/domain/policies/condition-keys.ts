/** What a key's values are, which decides what operators make sense. */
export type KeyType = 'string' | 'arn' | 'date' | 'number' | 'bool' | 'ip'
export type ConditionKey = {
  readonly type: KeyType
  /** A call may have several values: a policy says with ForAllValues or ForAnyValue how many of them must match. */
  readonly many: boolean
}

const one = (type: KeyType): ConditionKey => ({ type, many: false })
const some = (type: KeyType): ConditionKey => ({ type, many: true })

/**
 * The condition keys that calls have facts for. A key that isn't here is refused when a policy is written: a condition on
 * it would never be met, or always.
 */
export const CONDITION_KEYS = {
  // the call
  'aws:CurrentTime': one('date'),
  'aws:EpochTime': one('date'),
  'aws:SecureTransport': one('bool'),
  'aws:SourceIp': one('ip'),
  /** The name of the listener that the call came in by. */
  'aws:SourceVpce': one('string'),
  'aws:UserAgent': one('string'),
  'aws:RequestedRegion': one('string'),
  'aws:TagKeys': some('string'),
  // the caller
  'aws:username': one('string'),
  'aws:userid': one('string'),
  'aws:PrincipalArn': one('arn'),
  'aws:PrincipalAccount': one('string'),
  'aws:PrincipalOrgID': one('string'),
  'aws:PrincipalType': one('string'),
  'aws:FederatedProvider': one('string'),
  'aws:TokenIssueTime': one('date'),
  // ACM and AWS Private CA
  'acm:DomainNames': some('string'),
  'acm:ValidationMethod': one('string'),
  'acm:KeyAlgorithm': one('string'),
  'acm:CertificateAuthority': one('arn'),
  'acm:Export': one('string'),
  'acm-pca:TemplateArn': one('arn'),
  // changing who may do what
  'iam:PermissionsBoundary': one('arn'),
  'iam:PolicyARN': one('arn'),
  // assuming roles
  'sts:ExternalId': one('string'),
  'sts:RoleSessionName': one('string'),
  // Chancery's own
  /** The profile that a certificate is asked for under. */
  'chancery:Profile': one('string'),
  /** How the caller proved who it is: `token`, `sigv4`, `jwt`, `mtls`, `authorizer`. */
  'chancery:CredentialType': one('string'),
  'chancery:SpiffeId': one('string'),
  'chancery:CertificateSubject': one('string'),
} as const satisfies Readonly<Record<string, ConditionKey>>

const KEYS: ReadonlyMap<string, ConditionKey> = new Map(
  Object.entries(CONDITION_KEYS).map(([name, key]) => [name.toLowerCase(), key]),
)

/** Keys that go on with a tag's name. */
const TAGS = /^aws:(?:principaltag|requesttag|resourcetag)\/[^\p{C}]{1,128}$/u
/** A claim of a token from an issuer, by the issuer's address without its scheme: `idp.example.com/realm:sub`. */
const CLAIM =
  /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?(?:\/[^\p{C}:]*)?:[a-z0-9_./-]{1,128}$/u

/** What is known about a key, in any letter case as IAM has it; undefined for an unknown one. */
export function conditionKey(name: string): ConditionKey | undefined {
  const key = name.toLowerCase()
  // A claim may be a list (`aud`, `groups`); which one, only its issuer knows.
  return KEYS.get(key) ?? (TAGS.test(key) || CLAIM.test(key) ? one('string') : undefined)
}
