import { z } from 'zod'
import { KEY_USAGES } from '../../core/domain/key-usages.ts'
import { MAX_NAMES } from '../../core/domain/names.ts'
import { requestedNames, subjectFields } from './names.ts'
import { keyUsageName, purpose } from './profiles.ts'

const oid = (description: string, example: string) =>
  z
    .string()
    .min(3)
    .max(200)
    .regex(/^[0-2](\.(0|[1-9][0-9]*))+$/, 'a dotted OID')
    .meta({ description, examples: [example] })

/** A subject that may consist of attributes of any type. */
export const passthroughSubject = subjectFields
  .extend({
    customAttributes: z
      .array(
        z
          .strictObject({
            oid: oid('Type of the attribute.', '2.5.4.10'),
            value: z
              .string()
              .min(1)
              .max(256)
              .meta({ description: 'Its value.', examples: ['Example GmbH'] }),
          })
          .meta({ description: 'An attribute of any type.' }),
      )
      .min(1)
      .max(150)
      .optional()
      .meta({ description: 'Attributes in the order to be written, in place of the named ones.' }),
  })
  .meta({ id: 'PassthroughSubject', description: 'A subject: named attributes, or custom ones.' })

const names = requestedNames
  .extend({
    rid: z
      .array(oid('A registered id.', '1.2.3.4'))
      .max(MAX_NAMES)
      .optional()
      .meta({ description: 'Registered ids.' }),
    directory: z
      .array(passthroughSubject)
      .max(MAX_NAMES)
      .optional()
      .meta({ description: 'Directory names.' }),
    edi: z
      .array(
        z
          .strictObject({
            partyName: z
              .string()
              .min(1)
              .max(256)
              .meta({ description: 'The party.', examples: ['ACME'] }),
            nameAssigner: z
              .string()
              .min(1)
              .max(256)
              .optional()
              .meta({ description: 'Who assigned its name.', examples: ['GS1'] }),
          })
          .meta({ description: 'An EDI party name.' }),
      )
      .max(MAX_NAMES)
      .optional()
      .meta({ description: 'Names in electronic data interchange.' }),
  })
  .meta({ id: 'PassthroughNames', description: 'Subject alternative names of every kind.' })

const extensions = z
  .strictObject({
    certificatePolicies: z
      .array(
        z
          .strictObject({
            oid: oid('The policy.', '2.23.140.1.2.1'),
            cps: z
              .string()
              .min(1)
              .max(256)
              .optional()
              .meta({
                description: 'URL of its practice statement.',
                examples: ['https://pki.example.com/cps'],
              }),
          })
          .meta({ description: 'A certificate policy.' }),
      )
      .min(1)
      .max(20)
      .optional()
      .meta({ description: 'Certificate policies.' }),
    extendedKeyUsage: z.array(purpose).min(1).max(20).optional().meta({ description: 'Purposes.' }),
    keyUsage: z
      .array(keyUsageName)
      .min(1)
      .max(KEY_USAGES.length)
      .optional()
      .meta({ description: 'Key usages.' }),
    subjectAlternativeNames: names.optional(),
    customExtensions: z
      .array(
        z
          .strictObject({
            oid: oid('Type of the extension.', '1.3.6.1.4.1.311.21.7'),
            value: z
              .string()
              .min(1)
              .max(4096)
              .meta({ description: 'Its value: DER in base64.', examples: ['BQA='] }),
            critical: z
              .boolean()
              .optional()
              .meta({ description: 'Whether it is critical.', examples: [false] }),
          })
          .meta({ description: 'Any extension.' }),
      )
      .min(1)
      .max(150)
      .optional()
      .meta({ description: 'Extensions of any type.' }),
  })
  .meta({ description: 'Extensions; those that the template fixes don’t count.' })

export const passthrough = z
  .strictObject({ subject: passthroughSubject.optional(), extensions: extensions.optional() })
  .meta({
    id: 'Passthrough',
    description: 'Goes through a template whose name has API in its passthrough; it wins over the CSR.',
  })
