import { z } from 'zod'

const passphrase = z
  .string()
  .min(12)
  .max(1024)
  .meta({ description: 'Protects the key: at least 12 characters.', examples: ['correct horse battery'] })

export const exportForm = z
  .discriminatedUnion('format', [
    z
      .strictObject({
        format: z.literal('pem').meta({ description: 'Certificate, chain and the key in the clear.' }),
      })
      .meta({ description: 'PEM with the key in the clear.' }),
    z
      .strictObject({
        format: z
          .literal('pkcs8-encrypted-pem')
          .meta({ description: 'Certificate, chain and the key as encrypted PKCS#8 (PBES2, AES-256).' }),
        passphrase,
      })
      .meta({ description: 'PEM with the key encrypted.' }),
    z
      .strictObject({
        format: z.literal('pkcs12').meta({ description: 'PKCS#12 with AES-256 and SHA-256.' }),
        passphrase,
        friendlyName: z
          .string()
          .min(1)
          .max(128)
          .optional()
          .meta({ description: 'What key stores show for it.', examples: ['www.example.com'] }),
      })
      .meta({ description: 'A PKCS#12 file.' }),
  ])
  .meta({
    id: 'ExportForm',
    description: 'The form of a file with certificate, chain and private key.',
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
