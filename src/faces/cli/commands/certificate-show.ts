import { jsonLine, type Context } from '../context.ts'
import { usage } from '../failure.ts'
import { certificateIdFor } from './certificate-reference.ts'
import { certificateText } from './certificate-text.ts'
import { certificateFacts } from './certificate-view.ts'

export type ShowOptions = { readonly pem?: true; readonly chain?: true; readonly text?: true }

/** Shows a certificate, or prints it in one of its forms. */
export async function show(context: Context, reference: string, options: ShowOptions): Promise<void> {
  const forms = Object.keys(options).filter((each) => ['pem', 'chain', 'text'].includes(each))
  if (forms.length > 1) throw usage(`--${forms.join(' and --')} exclude each other`)
  if (forms.length > 0 && context.json) throw usage(`--json goes without --${forms.join('')}`)
  const server = await context.server()
  const params = { id: await certificateIdFor(server, reference) }
  if (options.pem === true)
    return context.world.stdout.write((await server.client.getCertificate({ params })).bytes)
  if (options.chain === true)
    return context.world.stdout.write((await server.client.getCertificateChain({ params })).bytes)
  const answer = await server.ask('describeCertificate', { params })
  if (context.json) return context.print(jsonLine(answer.text))
  if (options.text === true) return context.print(certificateText(answer.value.certificate))
  context.print(certificateFacts(answer.value, context.world.now()))
  if (answer.value.hasKey && answer.value.status === 'valid')
    context.note(`\nIts key: chancery certificate export ${params.id} --format pkcs12 --out FILE`)
}
