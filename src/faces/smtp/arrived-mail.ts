import type { ArrivingMail } from '../../core/operations/simulation/deliver-mail.ts'

/** Bounds on what a hostile mail makes the parser do; its size is bounded before. */
const BOUNDS = {
  maxHeadSize: 64 * 1024,
  maxChildNodes: 100,
  maxHtmlLengthToParse: 256 * 1024,
  checksumAlgo: false as const,
  ignoreEmbedded: true,
  skipTextToHtml: true,
  keepCidLinks: true,
}

/** Reads a mail (RFC 5322, MIME): what a person would see of it. Attachments are left out. */
export async function arrivedMail(octets: Buffer): Promise<Omit<ArrivingMail, 'address' | 'sender'>> {
  const { simpleParser } = await import('mailparser')
  const { messageId, subject = '', text = '', html } = await simpleParser(octets, BOUNDS)
  return {
    messageId: messageId?.replace(/^<|>$/g, ''),
    subject,
    text,
    html: typeof html === 'string' ? html : undefined,
  }
}
