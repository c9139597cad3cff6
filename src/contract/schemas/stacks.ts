import { z } from 'zod'
import { STACK_STATUSES } from '../../core/domain/stacks.ts'
import { accountId, pageOf, pageQuery, timestamp } from './common.ts'

/** Hundreds of resources with their certificates, before and after. */
export const STACK_BODY_LIMIT = 8_000_000
const MAX_RESOURCES = 500

const status = z.enum(STACK_STATUSES).meta({
  description:
    'APPLYING, ROLLING_BACK, CLEANING_UP and DELETING: under way, or stopped in the middle; applying again goes on.',
  examples: ['COMPLETE'],
})
const description = z
  .string()
  .max(1024)
  .meta({ description: 'What the template says it is for.', examples: ['Our hierarchy'] })
const revision = z.number().int().min(0).max(1_000_000_000)
const logicalId = z
  .string()
  .regex(/^[A-Za-z0-9]{1,255}$/)
  .meta({ description: 'Its name in the template.', examples: ['Root'] })
const short = (text: string, example: string) =>
  z
    .string()
    .max(2048)
    .meta({ description: text, examples: [example] })
const json = (text: string) => z.record(z.string().max(255), z.unknown()).meta({ description: text })
const texts = (text: string) =>
  z.record(z.string().max(255), z.string().max(1_000_000)).meta({ description: text, examples: [{}] })
const policy = z.enum(['Delete', 'Retain'])

const resourceMembers = {
  type: short('Its type.', 'AWS::ACMPCA::CertificateAuthority'),
  physicalId: short('What it is known by to the service: mostly its ARN.', 'arn:aws:acm-pca:…'),
  ready: z
    .boolean()
    .meta({ description: 'Whether it is what it is to be; it may still wait for something.' }),
  properties: json('The properties that it was made with.'),
  attributes: texts('What Fn::GetAtt gives.'),
  dependsOn: z.array(logicalId).max(MAX_RESOURCES).meta({ description: 'Resources that it leans on.' }),
  deletionPolicy: policy.meta({ description: 'What becomes of it with the stack.' }),
  updateReplacePolicy: policy.meta({ description: 'What becomes of it when another takes its place.' }),
}
export const stackResource = z
  .strictObject(resourceMembers)
  .meta({ id: 'StackResource', description: 'Something that was made from a template.' })
export type StackResourceJson = z.infer<typeof stackResource>
const resources = (text: string) => z.record(logicalId, stackResource).meta({ description: text })

const output = z
  .strictObject({
    value: z
      .string()
      .max(1_000_000)
      .meta({ description: 'Its value.', examples: ['arn:aws:acm-pca:…'] }),
    description: description.optional(),
  })
  .meta({ id: 'StackOutput', description: 'Something that a template wants told.' })

const documentMembers = {
  status,
  reason: short('Why it was rolled back.', 'Web: the name is refused').optional(),
  description: description.optional(),
  operation: z
    .string()
    .max(64)
    .meta({ description: 'Which apply it is, or was.', examples: ['5a0c3f7b'] }),
  parameters: texts('The values of its parameters; those with NoEcho aren’t among them.'),
  resources: resources('What there is.'),
  outputs: z.record(logicalId, output).meta({ description: 'What the template wants told.' }),
  baseline: resources('While it is applied: what there was before, to go back to.').optional(),
  pending: z
    .strictObject({
      logicalId,
      type: resourceMembers.type,
      properties: resourceMembers.properties,
      key: short('The key by which the request for it isn’t carried out twice.', '5a0c3f7b-Root'),
      dependsOn: resourceMembers.dependsOn,
      deletionPolicy: resourceMembers.deletionPolicy,
      updateReplacePolicy: resourceMembers.updateReplacePolicy,
    })
    .optional()
    .meta({ description: 'What is being made just now.' }),
  leftovers: z
    .array(z.strictObject({ logicalId, ...resourceMembers }).meta({ description: 'One of them.' }))
    .max(MAX_RESOURCES)
    .meta({ description: 'What is to be taken away, in this order.' }),
}

export const stackPut = z
  .strictObject({
    revision: revision.meta({
      description: 'The revision that it takes the place of; 0 for a new stack.',
      examples: [0],
    }),
    ...documentMembers,
  })
  .meta({ id: 'StackPut', description: 'What is kept about a stack, in place of what was.' })
export type StackDocumentJson = Omit<z.output<typeof stackPut>, 'revision'>

const head = {
  id: z.string().meta({ description: 'Its id.', examples: ['0197a1b2-8d10-7a4b-8c2d-5e6f70819203'] }),
  arn: z.string().meta({
    description: 'Its Amazon resource name.',
    examples: ['arn:aws:chancery:us-east-1:111122223333:stack/pki'],
  }),
  account: accountId,
  region: z.string().meta({ description: 'The region it belongs to.', examples: ['us-east-1'] }),
  name: z.string().meta({ description: 'Its name.', examples: ['pki'] }),
  revision: revision.meta({ description: 'How often it was changed.', examples: [7] }),
  createdAt: timestamp('When it was made.'),
  updatedAt: timestamp('When it was changed last.'),
}
export const stack = z
  .object({ ...head, ...documentMembers })
  .meta({ id: 'Stack', description: 'What was made from a template.' })
export type StackJson = z.infer<typeof stack>
export const stackSummary = z
  .object({ ...head, status, description: description.optional() })
  .meta({ id: 'StackSummary', description: 'A stack as lists show it.' })
export type StackSummaryJson = z.infer<typeof stackSummary>
export const stackPage = pageOf('StackPage', stackSummary, 'stacks')
export const stackListQuery = z.strictObject(pageQuery).meta({ description: 'Which page of stacks.' })

export const stackParams = z
  .strictObject({
    stack: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
      .meta({ description: 'The name of a stack.', examples: ['pki'] }),
  })
  .meta({ description: 'Which stack.' })
export const stackDeletionQuery = z
  .strictObject({
    revision: revision.meta({ description: 'The revision that is meant.', examples: [7] }),
  })
  .meta({ description: 'Which revision of it.' })
