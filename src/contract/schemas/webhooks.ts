import { z } from 'zod'
import { ACCOUNT_EVENTS } from '../../core/domain/authority-events.ts'
import { DELIVERY_STATES, WEBHOOK_STATES } from '../../core/domain/webhooks.ts'
import { pageOf, pageQuery, timestamp } from './common.ts'
import { eventName, eventShape } from './events.ts'

const ID = '0197a1b2-8d10-7a4b-8c2d-5e6f70819203'
const DELIVERY = '0197a1b2-9e21-7b5c-9d3e-6f7081920314'

const idText = (description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
    .meta({ description, examples: [example] })

const url = z
  .string()
  .max(2048)
  .regex(/^[\x21-\x7e]+$/, 'visible ASCII only; other characters in percent escapes')
  .meta({
    description:
      'Where messages are sent: https, without user and password, on a port and at an address that the installation lets them reach.',
    examples: ['https://hooks.example.com/chancery'],
  })
const events = z
  .array(eventName)
  .min(1)
  .max(ACCOUNT_EVENTS.length)
  .meta({ description: 'Only these.', examples: [['EXPIRED', 'REVOKED']] })

export const webhookAuthority = z
  .strictObject({
    certificate: z.string().meta({ description: 'The root, PEM.' }),
    identity: z.string().meta({
      description: 'The URI in the client’s certificate (SPIFFE).',
      examples: ['spiffe://0197a1b2-0000-7000-8000-000000000001/webhooks'],
    }),
  })
  .meta({ id: 'WebhookAuthority', description: 'What receivers of webhooks can ask the sender for.' })

export const webhookCreation = z
  .strictObject({
    url,
    shape: eventShape.default('cloudevents'),
    events: events.optional().meta({ description: 'Only these; when absent, all of managed certificates.' }),
  })
  .meta({ id: 'WebhookCreation', description: 'A webhook: where events are sent.' })

export const webhookUpdate = z
  .strictObject({
    url: url.optional(),
    shape: eventShape.optional(),
    events: events.nullish().meta({ description: 'Only these; null for all of managed certificates.' }),
    state: z
      .enum(['ACTIVE', 'PAUSED'])
      .optional()
      .meta({ description: 'PAUSED keeps what happens for later; ACTIVE goes on.', examples: ['PAUSED'] }),
  })
  .refine((body) => Object.values(body).some((member) => member !== undefined), {
    error: 'at least one member is needed',
  })
  .meta({ id: 'WebhookUpdate', description: 'Members of a webhook to replace.' })

const members = {
  id: z.string().meta({ description: 'Its id.', examples: [ID] }),
  arn: z.string().meta({
    description: 'Its Amazon resource name.',
    examples: [`arn:aws:chancery:us-east-1:111122223333:webhook/${ID}`],
  }),
  url,
  shape: eventShape,
  events: events.optional(),
  state: z.enum(WEBHOOK_STATES).meta({
    description:
      'DISABLED by itself, after three days of failures only, or when the receiver answered 410 Gone; nothing is lost meanwhile.',
    examples: ['ACTIVE'],
  }),
  reason: z
    .string()
    .optional()
    .meta({ description: 'Why it was disabled.', examples: ['the receiver answered 410 Gone'] }),
  failures: z
    .number()
    .int()
    .meta({ description: 'Attempts that failed since the last that didn’t.', examples: [0] }),
  failingSince: timestamp('When the first of them failed.').optional(),
  retryAt: timestamp('Until then the receiver is left alone.').optional(),
  previousSecretUntil: timestamp('Until then messages are signed with the secret before, too.').optional(),
  createdAt: timestamp('When it was created.'),
  updatedAt: timestamp('When it was changed last.'),
}

export const webhook = z.object(members).meta({ id: 'Webhook', description: 'A webhook.' })
export type WebhookJson = z.infer<typeof webhook>
export const webhookPage = pageOf('WebhookPage', webhook, 'webhooks')

export const webhookWithSecret = z
  .object({
    ...members,
    secret: z.string().meta({
      description: 'What messages are signed with, as Standard Webhooks writes it; never shown again.',
      examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAAAAAAAAAAA='],
    }),
  })
  .meta({ id: 'WebhookWithSecret', description: 'A webhook with its new secret.' })

export const delivery = z
  .object({
    id: z.string().meta({
      description: 'Its id; the header webhook-id of every attempt.',
      examples: [DELIVERY],
    }),
    event: z
      .string()
      .optional()
      .meta({
        description: 'Id of the event; absent for a test.',
        examples: ['0197a1b2-7c44-7d0e-9f3a-2b6c5d4e3f21'],
      }),
    type: eventName.optional(),
    state: z.enum(DELIVERY_STATES).meta({ description: 'How it stands.', examples: ['DELIVERED'] }),
    attempts: z
      .number()
      .int()
      .meta({ description: 'How often it was tried.', examples: [1] }),
    nextAttemptAt: timestamp('When it is tried next; absent when it is settled.').optional(),
    createdAt: timestamp('When it was made.'),
    lastAttempt: z
      .object({
        at: timestamp('When it was sent; the header webhook-timestamp has the second.'),
        milliseconds: z
          .number()
          .int()
          .meta({ description: 'How long the answer took.', examples: [48] }),
        signature: z
          .string()
          .optional()
          .meta({
            description: 'The header webhook-signature that was sent.',
            examples: ['v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4='],
          }),
        address: z
          .string()
          .optional()
          .meta({ description: 'The address that answered.', examples: ['198.51.100.7'] }),
        status: z
          .number()
          .int()
          .optional()
          .meta({ description: 'HTTP status of the answer.', examples: [204] }),
        responseSha256: z
          .string()
          .optional()
          .meta({
            description: 'SHA-256 of the answer’s body, of its first 16 KiB at most.',
            examples: ['e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
          }),
        failure: z
          .string()
          .optional()
          .meta({ description: 'Why there was no answer.', examples: ['timeout: no whole answer in time'] }),
      })
      .optional()
      .meta({ description: 'What the last attempt came to.' }),
  })
  .meta({ id: 'Delivery', description: 'A message to a webhook, and the proof of its delivery.' })
export type DeliveryJson = z.infer<typeof delivery>
export const deliveryPage = pageOf('DeliveryPage', delivery, 'deliveries')

export const webhookListQuery = z.strictObject(pageQuery).meta({ description: 'Which page of webhooks.' })
export const deliveryListQuery = z.strictObject(pageQuery).meta({ description: 'Which page of deliveries.' })
const webhookId = idText('Id of the webhook.', ID)
export const webhookParams = z.strictObject({ webhook: webhookId }).meta({ description: 'Which webhook.' })
export const deliveryParams = z
  .strictObject({ webhook: webhookId, delivery: idText('Id of the delivery.', DELIVERY) })
  .meta({ description: 'Which delivery.' })
