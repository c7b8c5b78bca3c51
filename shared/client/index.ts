export { RefCampaign } from './refcampaign.ts'
export type { RefCampaignOptions } from './refcampaign.ts'
export { RefCampaignError } from './error.ts'
export type {
  Conversion, Identified, IdentifyInput, Json, Metadata, PostbackInput, PostbackResult, Receipt, ReceiptCommission, ReceiptTouch, RefundInput, RefundResult, TrackInput,
} from './shapes.ts'

export { RefCampaignServer } from './server.ts'
export type { ConversionData, PingResult, RefCampaignServerConfig, RefundConversionData, RefundConversionResponse, StripeMetadata, TrackConversionResponse } from './server-shapes.ts'
export { RefCampaignBrowser } from './browser.ts'
export type { BrowserOptions, SessionCaptureResult, SessionIdSource, SessionInfo } from './browser.ts'
export { verifyWebhookSignature, WEBHOOK_EVENT_TYPES, WEBHOOK_SIGNATURE_HEADER } from './webhook.ts'
export type { VerifyWebhookSignatureOptions, WebhookEventType } from './webhook.ts'
