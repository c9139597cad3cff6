import { z } from 'zod'
import { ACCOUNT_EVENTS } from '../../core/domain/authority-events.ts'
import { EVENT_SHAPES } from '../../core/domain/event-shapes.ts'
import { pageOf, pageQuery, reference, timestamp } from './common.ts'

const ID = '0197a1b2-7c44-7d0e-9f3a-2b6c5d4e3f21'
const ARN = 'arn:aws:acm:us-east-1:111122223333:certificate/0197a1b2-0000-7000-8000-000000000001'

export const eventId = (description: string) =>
  z
    .string()
    .min(1)
    .max(64)
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII only')
    .meta({ description, examples: [ID] })

export const eventName = z
  .enum(ACCOUNT_EVENTS)
  .meta({ description: 'What happened.', examples: ['APPROACHING_EXPIRATION'] })

export const eventShape = z.enum(EVENT_SHAPES).meta({
  description: 'How events look: CloudEvents 1.0, or as Amazon EventBridge delivers them.',
  examples: ['cloudevents'],
})

const text = (description: string, example: string) => z.string().meta({ description, examples: [example] })
const detail = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
  .meta({
    description: 'What happened, and the certificate as it was then; of an authority, what came of it.',
    examples: [{ certificate: '0197a1b2-0000-7000-8000-000000000001', domainName: 'www.example.com' }],
  })

export const cloudEvent = z
  .object({
    specversion: z.literal('1.0').meta({ description: 'Of CloudEvents.', examples: ['1.0'] }),
    id: text('Unique in the installation.', ID),
    source: text('Account and region that it belongs to.', '/accounts/111122223333/regions/us-east-1'),
    type: text('What happened.', 'local.chancery.certificate.approaching_expiration'),
    subject: text('ARN of the managed certificate, or of the authority.', ARN),
    time: timestamp('When it happened.'),
    datacontenttype: z
      .literal('application/json')
      .meta({ description: 'What `data` is.', examples: ['application/json'] }),
    data: detail,
  })
  .meta({ id: 'CloudEvent', description: 'An event as CloudEvents 1.0 has it (JSON format, structured).' })

export const eventBridgeEvent = z
  .object({
    version: z.literal('0').meta({ description: 'Always 0.', examples: ['0'] }),
    id: text('Unique in the installation.', ID),
    'detail-type': text('What happened.', 'ACM Certificate Approaching Expiration'),
    source: z.enum(['aws.acm', 'aws.acm-pca']).meta({ description: 'As with AWS.', examples: ['aws.acm'] }),
    account: text('The account that it belongs to.', '111122223333'),
    time: timestamp('When it happened.'),
    region: text('The region that it belongs to.', 'us-east-1'),
    resources: z.array(text('An ARN.', ARN)).meta({
      description: 'What it is about: the managed certificate, or the authority and what happened to it.',
      examples: [[ARN]],
    }),
    detail,
  })
  .meta({ id: 'EventBridgeEvent', description: 'An event as Amazon EventBridge delivers it.' })

export const event = z
  .union([cloudEvent, eventBridgeEvent])
  .meta({ id: 'Event', description: 'An event, in the shape that was asked for.' })
export type EventJson = z.infer<typeof event>
export const eventPage = pageOf('EventPage', event, 'events')

const shapeQuery = { shape: eventShape.default('cloudevents') }
export const eventQuery = z.strictObject(shapeQuery).meta({ description: 'In which shape.' })

export const eventListQuery = z
  .strictObject({
    ...pageQuery,
    ...shapeQuery,
    certificate: reference('A managed certificate by id or ARN.', ARN).optional(),
    authority: reference(
      'An authority by id or ARN.',
      'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/0197a1b0-0a5c-7c4e-9c55-8d2f0a6b1c3d',
    ).optional(),
    type: z
      .string()
      .max(400)
      .transform((list) => list.split(','))
      .pipe(z.array(eventName).min(1))
      .optional()
      .meta({
        description: 'What happened; several with commas between them.',
        examples: ['EXPIRED,REVOKED'],
      }),
    since: timestamp('Happened then or later.').optional(),
    after: eventId('Came after the event with this id: what a follower has seen last.').optional(),
  })
  .meta({ description: 'Which events.' })

export const eventParams = z
  .strictObject({ event: eventId('Id of the event.') })
  .meta({ description: 'Which event.' })
