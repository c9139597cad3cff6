import { z } from 'zod'
import { HOLDER_KINDS } from '../../core/domain/identities.ts'
import { pageOf, pageQuery, reference, timestamp } from './common.ts'

/** IAM's names: what stands in an ARN without being encoded. */
export const identityName = (description: string, example: string, max = 64) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\w+=,.@-]+$/, 'letters, digits and _+=,.@- are expected')
    .meta({ description, examples: [example] })

const id = (description: string, example: string) => z.string().meta({ description, examples: [example] })
const arnOf = (example: string) => id('Its Amazon resource name.', example)

const DOCUMENT = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'acm:RequestCertificate', Resource: '*' }],
}
/** More than any kind of policy may have, so that its own limit says what is wrong. */
const LONGEST_DOCUMENT = 131_072
/** A policy as IAM writes it: as JSON, or as a text with JSON in it. */
export const policyDocument = (description: string, example: object = DOCUMENT) =>
  z
    .union([
      z
        .string()
        .min(1)
        .max(LONGEST_DOCUMENT)
        .meta({ description: 'As a text, whose lines and columns errors name.' }),
      z.record(z.string(), z.unknown()).meta({ description: 'As JSON.' }),
    ])
    .meta({ description, examples: [example] })
const documentText = (description: string) =>
  z.string().meta({ description, examples: [JSON.stringify(DOCUMENT)] })

const policyReference = z
  .object({
    name: id('Its name.', 'IssuerAccess'),
    arn: arnOf('arn:aws:iam::aws:policy/IssuerAccess'),
  })
  .meta({ id: 'PolicyReference', description: 'A policy that somebody has, or is bounded by.' })
const BOUNDARY = {
  description: 'Permission boundary: a policy, by name or ARN; null takes it away.',
  examples: ['team-boundary'],
}
const boundaryName = reference(
  'Permission boundary: a policy, by name or ARN, beyond which no other one reaches.',
  'team-boundary',
)
const tags = z
  .record(z.string().min(1).max(128), z.string().max(256))
  .meta({ description: 'Tags: what conditions see as `aws:PrincipalTag/…`.', examples: [{ team: 'pki' }] })
const policies = z.array(policyReference).meta({ description: 'What is attached to it.' })

const atLeastOne = (body: Readonly<Record<string, unknown>>): boolean =>
  Object.values(body).some((member) => member !== undefined)
const ONE_NEEDED = { error: 'at least one member is needed' }

export const listQuery = z.strictObject(pageQuery).meta({ description: 'Which page.' })

export const userCreation = z
  .strictObject({
    name: identityName('Its name; unique in the account.', 'alice'),
    boundary: boundaryName.optional(),
    tags: tags.optional(),
  })
  .meta({ id: 'UserCreation', description: 'A user to create.' })
export const userUpdate = z
  .strictObject({ boundary: boundaryName.nullish().meta(BOUNDARY), tags: tags.optional() })
  .refine(atLeastOne, ONE_NEEDED)
  .meta({ id: 'UserUpdate', description: 'Members of a user to replace; a boundary of null takes it away.' })
const userMembers = {
  id: id('Unique for good.', 'AIDAQ3EGKR5N7LXWJ2HD'),
  arn: arnOf('arn:aws:iam::111122223333:user/alice'),
  name: id('Its name.', 'alice'),
  tags,
  createdAt: timestamp('When it was created.'),
}
export const userSummary = z
  .object(userMembers)
  .meta({ id: 'UserSummary', description: 'A user, without what it has.' })
export const user = z
  .object({
    ...userMembers,
    boundary: policyReference.optional(),
    groups: z.array(id('Its name.', 'operators')).meta({ description: 'Groups that it is in.' }),
    policies,
  })
  .meta({ id: 'User', description: 'A user: a person or a program with credentials of its own.' })
export type UserJson = z.infer<typeof user>
export type UserSummaryJson = z.infer<typeof userSummary>
export const userPage = pageOf('UserPage', userSummary, 'users')
export const userParams = z
  .strictObject({ user: identityName('Name of the user.', 'alice') })
  .meta({ description: 'Which user.' })

export const groupCreation = z
  .strictObject({ name: identityName('Its name; unique in the account.', 'operators') })
  .meta({ id: 'GroupCreation', description: 'A group to create.' })
const groupMembers = {
  id: id('Unique for good.', 'AGPAQ3EGKR5N7LXWJ2HD'),
  arn: arnOf('arn:aws:iam::111122223333:group/operators'),
  name: id('Its name.', 'operators'),
  createdAt: timestamp('When it was created.'),
}
export const groupSummary = z
  .object(groupMembers)
  .meta({ id: 'GroupSummary', description: 'A group, without what it has.' })
export const group = z
  .object({ ...groupMembers, policies })
  .meta({ id: 'Group', description: 'A group: users that have policies in common.' })
export type GroupJson = z.infer<typeof group>
export type GroupSummaryJson = z.infer<typeof groupSummary>
export const groupPage = pageOf('GroupPage', groupSummary, 'groups')
const groupName = identityName('Name of the group.', 'operators')
export const groupParams = z.strictObject({ group: groupName }).meta({ description: 'Which group.' })
export const memberParams = z
  .strictObject({ group: groupName, user: identityName('Name of the user.', 'alice') })
  .meta({ description: 'Which member of which group.' })

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' }],
}
const description = z
  .string()
  .max(1000)
  .regex(/^[^\p{Cc}]*$/u, 'no control characters')
  .meta({ description: 'What it is for.', examples: ['what deployments may'] })
const maxSessionSeconds = z
  .number()
  .int()
  .min(3600)
  .max(43_200)
  .meta({ description: 'How long a session in it lasts at most.', examples: [3600] })
const trust = policyDocument('Its trust policy: who may take it on.', TRUST)
export const roleCreation = z
  .strictObject({
    name: identityName('Its name; unique in the account.', 'deploy'),
    description: description.optional(),
    trust,
    maxSessionSeconds: maxSessionSeconds.optional(),
    boundary: boundaryName.optional(),
    tags: tags.optional(),
  })
  .meta({ id: 'RoleCreation', description: 'A role to create.' })
export const roleUpdate = z
  .strictObject({
    description: description.optional(),
    trust: trust.optional(),
    maxSessionSeconds: maxSessionSeconds.optional(),
    boundary: boundaryName.nullish().meta(BOUNDARY),
    tags: tags.optional(),
  })
  .refine(atLeastOne, ONE_NEEDED)
  .meta({ id: 'RoleUpdate', description: 'Members of a role to replace; a boundary of null takes it away.' })
const roleMembers = {
  id: id('Unique for good.', 'AROAQ3EGKR5N7LXWJ2HD'),
  arn: arnOf('arn:aws:iam::111122223333:role/deploy'),
  name: id('Its name.', 'deploy'),
  description,
  maxSessionSeconds,
  tags,
  createdAt: timestamp('When it was created.'),
  updatedAt: timestamp('When it was changed last.'),
}
export const roleSummary = z
  .object(roleMembers)
  .meta({ id: 'RoleSummary', description: 'A role, without what it has.' })
export const role = z
  .object({
    ...roleMembers,
    trust: documentText('Its trust policy, as it was written.'),
    boundary: policyReference.optional(),
    policies,
  })
  .meta({
    id: 'Role',
    description: 'A role: rights that whom its trust policy names may take on for a while.',
  })
export type RoleJson = z.infer<typeof role>
export type RoleSummaryJson = z.infer<typeof roleSummary>
export const rolePage = pageOf('RolePage', roleSummary, 'roles')
export const roleParams = z
  .strictObject({ role: identityName('Name of the role.', 'deploy') })
  .meta({ description: 'Which role.' })

const version = z
  .number()
  .int()
  .min(1)
  .meta({ description: 'Number of the version.', examples: [1] })
export const policyCreation = z
  .strictObject({
    name: identityName('Its name; unique in the account.', 'issue-for-payments', 128),
    description: description.optional(),
    document: policyDocument('What it allows and denies.'),
  })
  .meta({ id: 'PolicyCreation', description: 'A policy to create.' })
const policyMembers = {
  name: id('Its name.', 'issue-for-payments'),
  arn: arnOf('arn:aws:iam::111122223333:policy/issue-for-payments'),
  builtIn: z
    .boolean()
    .meta({ description: 'Whether it is the product’s: nobody changes it.', examples: [false] }),
  description: z.string().meta({ description: 'What it is for.', examples: [''] }),
  id: id('Unique for good; absent for a built-in one.', 'ANPAQ3EGKR5N7LXWJ2HD').optional(),
  defaultVersion: version.optional().meta({ description: 'The version that counts.', examples: [1] }),
  createdAt: timestamp('When it was created.').optional(),
  updatedAt: timestamp('When it was changed last.').optional(),
}
export const policySummary = z
  .object(policyMembers)
  .meta({ id: 'PolicySummary', description: 'A policy, without its document.' })
export const policy = z
  .object({ ...policyMembers, document: documentText('The document that counts, as it was written.') })
  .meta({ id: 'Policy', description: 'A policy that can be attached to users, groups and roles.' })
export type PolicyJson = z.infer<typeof policy>
export type PolicySummaryJson = z.infer<typeof policySummary>
export const policyPage = pageOf('PolicyPage', policySummary, 'policies')
const policyRef = reference('Name of the policy, or its ARN.', 'issue-for-payments')
export const policyParams = z.strictObject({ policy: policyRef }).meta({ description: 'Which policy.' })

export const policyVersionCreation = z
  .strictObject({
    document: policyDocument('What it allows and denies from now on.'),
    setDefault: z
      .boolean()
      .optional()
      .meta({ description: 'Whether it counts at once; it does when absent.', examples: [true] }),
  })
  .meta({ id: 'PolicyVersionCreation', description: 'A version of a policy to write.' })
export const policyVersion = z
  .object({
    number: version,
    default: z.boolean().meta({ description: 'Whether it is the one that counts.', examples: [true] }),
    document: documentText('As it was written.'),
    createdAt: timestamp('When it was written.'),
  })
  .meta({ id: 'PolicyVersion', description: 'A version of a policy.' })
export type PolicyVersionJson = z.infer<typeof policyVersion>
export const policyVersions = z
  .object({ items: z.array(policyVersion).meta({ description: 'Its versions, newest first.' }) })
  .meta({ id: 'PolicyVersions', description: 'All versions of a policy.' })
export const defaultVersion = z
  .strictObject({ version })
  .meta({ id: 'DefaultPolicyVersion', description: 'Which version is to count.' })
export const versionParams = z
  .strictObject({
    policy: policyRef,
    version: z
      .string()
      .regex(/^[1-9][0-9]{0,8}$/, 'a number is expected')
      .meta({ description: 'Number of the version.', examples: ['2'] }),
  })
  .meta({ description: 'Which version of which policy.' })

const holderKind = z.enum(HOLDER_KINDS).meta({ description: 'What it is attached to.', examples: ['user'] })
export const attachment = z
  .object({
    kind: holderKind,
    name: id('Name of the user, group or role.', 'alice'),
    id: id('Its id.', 'AIDAQ3EGKR5N7LXWJ2HD'),
  })
  .meta({ id: 'PolicyAttachment', description: 'Who has a policy.' })
export type AttachmentJson = z.infer<typeof attachment>
export const attachmentPage = pageOf('PolicyAttachmentPage', attachment, 'attachments')
export const attachmentParams = z
  .strictObject({
    policy: policyRef,
    kind: holderKind,
    name: identityName('Name of the user, group or role.', 'alice'),
  })
  .meta({ description: 'Which policy, and who has it.' })
