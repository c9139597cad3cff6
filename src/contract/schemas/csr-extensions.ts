import { z } from 'zod'
import { KEY_USAGES } from '../../core/domain/key-usages.ts'

export const csrExtensions = z
  .strictObject({
    keyUsage: z
      .array(z.enum(KEY_USAGES).meta({ description: 'A key usage.', examples: ['keyCertSign'] }))
      .min(1)
      .max(KEY_USAGES.length)
      .optional()
      .meta({
        description: 'Key usages to ask for; digitalSignature, keyCertSign and cRLSign when absent.',
        examples: [['keyCertSign', 'cRLSign']],
      }),
    subjectInfoAccess: z
      .array(
        z
          .strictObject({
            method: z
              .string()
              .max(128)
              .regex(/^(caRepository|rpkiManifest|rpkiNotify|[0-2](\.(0|[1-9][0-9]*))+)$/, {
                error: 'caRepository, rpkiManifest, rpkiNotify or a dotted OID is expected',
              })
              .meta({ description: 'How to get there.', examples: ['caRepository'] }),
            uri: z
              .string()
              .min(1)
              .max(2048)
              .meta({ description: 'Where.', examples: ['http://pki.example.com/ca/'] }),
          })
          .meta({ description: 'Something the authority offers (RFC 5280 §4.2.2.2).' }),
      )
      .min(1)
      .max(20)
      .optional()
      .meta({ description: 'What the authority offers, to ask for as subjectInfoAccess.' }),
  })
  .meta({ id: 'CsrExtensions', description: 'Wishes in a certification request; whoever signs decides.' })
