import { z } from 'zod'
import { KMS_NAMES } from '../../core/domain/kms.ts'
import { ROTATION_OUTCOMES, ROTATION_STEPS } from '../../core/domain/rotations.ts'
import { keyAlgorithm, label, pem, reference, timestamp } from './common.ts'
import { subjectFields } from './names.ts'
import { validity } from './validity.ts'

export const renewal = z.strictObject({ validity: validity.optional() }).meta({
  id: 'AuthorityRenewal',
  description: 'How long the new certificate lasts; as long as the old one when absent.',
})

export const crossSigning = z
  .strictObject({
    issuer: reference('Who signs: an authority by id, name or ARN.', 'Old Root'),
    validity: validity.optional(),
  })
  .meta({ id: 'CrossSigning', description: 'A certificate for this authority’s key by another authority.' })

export const crossCertificate = z
  .object({
    id: z.string().meta({ description: 'Its id, for revoking it.', examples: ['0f8b5b8e-….5a0c3f7b…'] }),
    issuer: z.string().meta({ description: 'Id of the authority that signed it.', examples: ['0f8b5b8e-…'] }),
    serial: z
      .string()
      .meta({ description: '32 hex digits.', examples: ['5a0c3f7b9d1e24680f8b5b8e3f0a4c8e'] }),
    status: z
      .enum(['valid', 'not_yet_valid', 'expired', 'revoked'])
      .meta({ description: 'How it stands with it.', examples: ['valid'] }),
    notBefore: timestamp('From when it is valid.'),
    notAfter: timestamp('Until when it is valid.'),
    certificate: pem('The certificate.'),
    url: z
      .string()
      .optional()
      .meta({ description: 'Where relying parties find it.', examples: ['http://pki.example.com/ca/….cer'] }),
  })
  .meta({
    id: 'CrossCertificate',
    description: 'A certificate for an authority’s key by another than its parent.',
  })
export type CrossCertificateJson = z.infer<typeof crossCertificate>
export const crossCertificates = z
  .object({ items: z.array(crossCertificate).meta({ description: 'Newest first.' }) })
  .meta({ id: 'CrossCertificates', description: 'The cross-certificates of an authority.' })

export const rotationStart = z
  .strictObject({
    name: label('Name of the successor; “<name> G2” and so on when absent.', 'Issuing CA 2').optional(),
    subject: subjectFields.optional(),
    keyAlgorithm: keyAlgorithm.optional(),
    kms: z
      .enum(KMS_NAMES)
      .optional()
      .meta({
        description: 'Where the successor’s key is kept; as the old one’s when absent.',
        examples: ['pkcs11'],
      }),
    days: z
      .number()
      .int()
      .min(1)
      .max(36_500)
      .optional()
      .meta({ description: 'How long the successor lasts; as the old one when absent.', examples: [1826] }),
  })
  .meta({
    id: 'RotationStart',
    description: 'What the successor shall be; what isn’t said is as the old one has it.',
  })

export const rotationAdvance = z
  .strictObject({
    force: z
      .boolean()
      .optional()
      .meta({ description: 'Retire an authority on which valid certificates depend.', examples: [false] }),
  })
  .meta({ id: 'RotationAdvance', description: 'The next step.' })

const step = z.enum(ROTATION_STEPS)
export const rotation = z
  .object({
    id: z.string().meta({ description: 'Its id.', examples: ['01920000-0000-7000-8000-000000000001'] }),
    authority: z
      .string()
      .meta({ description: 'Id of the authority that is rotated.', examples: ['0f8b5b8e-…'] }),
    successor: z
      .string()
      .optional()
      .meta({ description: 'Id of its successor, once there is one.', examples: ['8c1b2f60-…'] }),
    successorName: z
      .string()
      .optional()
      .meta({ description: 'Its name.', examples: ['Issuing CA 1 G2'] }),
    steps: z
      .array(
        z
          .object({
            step: step.meta({ description: 'The step.', examples: ['switch'] }),
            state: z
              .enum(['done', 'next', 'pending', 'undone'])
              .meta({ description: 'How far it is.', examples: ['done'] }),
          })
          .meta({ description: 'One step.' }),
      )
      .meta({ description: 'All steps, in order.' }),
    next: step.optional().meta({ description: 'What `advance` does.', examples: ['reissue'] }),
    outcome: z
      .enum(ROTATION_OUTCOMES)
      .optional()
      .meta({ description: 'Once it is over.', examples: ['completed'] }),
    moved: z
      .number()
      .int()
      .meta({ description: 'Authorities that the successor certified.', examples: [1] }),
    reissued: z
      .number()
      .int()
      .meta({ description: 'Leaves that the successor issued anew.', examples: [120] }),
    dependents: z
      .number()
      .int()
      .meta({
        description: 'Valid certificates that still chain to the old key.',
        examples: [14],
      }),
    reissuable: z
      .number()
      .int()
      .meta({
        description:
          'Of those, the ones whose private key the service holds, so that it can issue them anew.',
        examples: [0],
      }),
    createdAt: timestamp('When it was started.'),
    updatedAt: timestamp('When the last step was done.'),
  })
  .meta({ id: 'Rotation', description: 'An authority on its way to a successor.' })
export type RotationJson = z.infer<typeof rotation>
