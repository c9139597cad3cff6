import { z } from 'zod'
import { EXPORT_PARTS, PASSPHRASE_RULE, type ExportFormat } from '../../core/domain/exports.ts'

const passphrase = z
  .string()
  .min(PASSPHRASE_RULE.least)
  .max(PASSPHRASE_RULE.most)
  .meta({ description: 'Protects the key: at least 12 characters.', examples: ['correct horse battery'] })

const parts = z
  .array(z.enum(EXPORT_PARTS))
  .min(1)
  .max(EXPORT_PARTS.length)
  .optional()
  .meta({
    description:
      'What the file holds. PEM: any of them, in this order; all when absent. DER: the certificate (when absent), ' +
      'certificate and chain (as PKCS#7), or the key.',
    examples: [['certificate', 'chain']],
  })

const friendlyName = z
  .string()
  .min(1)
  .max(128)
  .optional()
  .meta({
    description: 'What key stores show for it; Java’s alias, which JKS has in lower case.',
    examples: ['www.example.com'],
  })

const form = <Format extends ExportFormat, Shape extends z.ZodRawShape>(
  format: Format,
  description: string,
  shape: Shape,
) => z.strictObject({ format: z.literal(format).meta({ description }), ...shape }).meta({ description })

export const exportForm = z
  .discriminatedUnion('format', [
    form('pem', 'PEM, with the key in the clear.', { parts }),
    form('pkcs8-encrypted-pem', 'PEM, with the key as encrypted PKCS#8 (PBES2, AES-256).', {
      passphrase,
      parts,
    }),
    form('der', 'DER: the certificate, PKCS#7 of certificate and chain, or the key in the clear (PKCS#8).', {
      parts,
    }),
    form('pkcs8-encrypted-der', 'The key alone as encrypted PKCS#8 (PBES2, AES-256) in DER.', { passphrase }),
    form('pkcs12', 'PKCS#12 with AES-256 and SHA-256.', { passphrase, friendlyName }),
    form(
      'pkcs12-legacy',
      'PKCS#12 with triple DES and SHA-1, for Windows before 2019 and Java before 8u301. Weak: use a long random ' +
        'passphrase, and keep the file as if it were in the clear.',
      { passphrase, friendlyName },
    ),
    form(
      'jks',
      'A Java key store of the old kind, for programs that read no PKCS#12. Weak: its passphrase is hashed by SHA-1 ' +
        'once; keep the file as if it were in the clear.',
      { passphrase, friendlyName },
    ),
  ])
  .meta({
    id: 'ExportForm',
    description:
      'The form of a file with certificate, chain and private key. The chain is the same in every form: the issuers ' +
      'without the root, as a TLS server sends it.',
    examples: [{ format: 'pkcs12', passphrase: 'correct horse battery' }],
  })

export const exportedFile = z
  .object({
    mediaType: z
      .string()
      .meta({ description: 'Media type of the file.', examples: ['application/x-pkcs12'] }),
    fileName: z.string().meta({ description: 'A name for it.', examples: ['www.example.com.p12'] }),
    content: z.string().meta({ description: 'The file in base64.', examples: ['MIIK…'] }),
  })
  .meta({ id: 'ExportedFile', description: 'A file with certificate, chain and private key.' })
export type ExportedFileJson = z.infer<typeof exportedFile>
