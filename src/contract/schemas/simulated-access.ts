import { z } from 'zod'
import { reference } from './common.ts'

const arn = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(2048)
    .meta({ description, examples: [example] })
const AUTHORITY =
  'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/0197a1b2-0000-7000-8000-000000000001'
const USER = 'arn:aws:iam::111122223333:user/alice'

const documents = (description: string) =>
  z
    .array(
      z.union([z.string().max(100_000), z.record(z.string(), z.unknown())]).meta({
        description: 'A policy: as JSON, or as text, for which refusals name line and column.',
      }),
    )
    .max(20)
    .optional()
    .meta({
      description,
      examples: [[{ Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'acm:*', Resource: '*' } }]],
    })

const fact = z.union([z.string().max(4096), z.array(z.string().max(4096)).max(100)])

export const accessSimulation = z
  .strictObject({
    principal: reference(
      'ARN of a user, a role or a role’s session; the caller when absent.',
      USER,
    ).optional(),
    policies: z
      .strictObject({
        identity: documents('What the principal’s own policies would be.'),
        boundary: documents('What its permission boundary would be; no limit when absent.'),
        session: documents('What its session or token would be limited to; no limit when absent.'),
      })
      .optional()
      .meta({ description: 'Policies that take the place of all that the principal has.' }),
    actions: z
      .array(
        z
          .string()
          .min(1)
          .max(128)
          .meta({ description: 'An action.', examples: ['acm:GetCertificate'] }),
      )
      .min(1)
      .max(100)
      .meta({ description: 'Actions to be tried.', examples: [['acm-pca:IssueCertificate']] }),
    resources: z
      .array(arn('An ARN.', AUTHORITY))
      .min(1)
      .max(20)
      .meta({ description: 'Resources to try each of them on.', examples: [[AUTHORITY]] }),
    facts: z
      .record(z.string().max(300), fact)
      .optional()
      .meta({
        description:
          'What the call would be like, by condition key; known facts stand where nothing is said.',
        examples: [{ 'aws:SourceIp': '203.0.113.7', 'acm:DomainNames': ['www.example.com'] }],
      }),
  })
  .meta({ id: 'AccessSimulation', description: 'Calls to be tried without doing anything.' })

const policyName = z.string().meta({ description: 'The policy’s name.', examples: ['IssuerAccess'] })
const statementNumber = z
  .number()
  .int()
  .meta({ description: 'Its place in the policy, from 0.', examples: [0] })
const sid = z
  .string()
  .optional()
  .meta({ description: 'The statement’s own name.', examples: ['Issue'] })

const considered = z
  .object({
    layer: z.enum(['identity', 'boundary', 'session']).meta({ description: 'Where the policy stands.' }),
    policy: policyName,
    statement: statementNumber,
    sid,
    effect: z.enum(['Allow', 'Deny']).meta({ description: 'What it does where it applies.' }),
    applies: z.boolean().meta({ description: 'Whether it applies to this call.', examples: [true] }),
    unless: z
      .enum(['resource', 'condition'])
      .optional()
      .meta({ description: 'Why it doesn’t: the resource isn’t one of its own, or a condition isn’t met.' }),
    condition: z
      .object({
        operator: z.string().meta({ description: 'As written.', examples: ['IpAddress'] }),
        key: z.string().meta({ description: 'As written.', examples: ['aws:SourceIp'] }),
      })
      .optional()
      .meta({ description: 'The first condition that isn’t met.' }),
  })
  .meta({ id: 'ConsideredStatement', description: 'A statement that names the action.' })

const decision = z
  .object({
    action: z.string().meta({ description: 'The action.', examples: ['acm-pca:IssueCertificate'] }),
    resource: z.string().meta({ description: 'The resource.', examples: [AUTHORITY] }),
    allowed: z.boolean().meta({
      description:
        'Whether the caller’s own side allows it; another account’s authority takes its owner’s leave besides.',
      examples: [true],
    }),
    because: z.enum(['allowed', 'explicit_deny', 'not_allowed', 'boundary', 'session']).meta({
      description:
        '`explicit_deny`: a statement denies it. `not_allowed`: no policy of the principal allows it, or no policy ' +
        'can. `boundary`, `session`: a policy allows it, that limit doesn’t.',
    }),
    by: z
      .object({ policy: policyName, statement: statementNumber, sid })
      .optional()
      .meta({ description: 'The statement that decided; absent where none did.' }),
    considered: z.array(considered).meta({ description: 'Every statement that names the action.' }),
    missing: z.array(z.string().meta({ description: 'A condition key.' })).meta({
      description: 'Condition keys these statements ask about for which the call has no value.',
      examples: [['acm-pca:TemplateArn']],
    }),
  })
  .meta({ id: 'SimulatedDecision', description: 'What would be decided, and why.' })
export type SimulatedDecisionJson = z.infer<typeof decision>

export const simulatedAccess = z
  .object({
    principal: z.string().meta({ description: 'ARN of whoever was tried.', examples: [USER] }),
    decisions: z
      .array(decision)
      .meta({ description: 'One for each action on each resource, in that order.' }),
  })
  .meta({ id: 'SimulatedAccess', description: 'What would be allowed, and why.' })
