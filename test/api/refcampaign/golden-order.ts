/**
 * The golden files of one story, in the order in which they are sent: a later one names what an earlier one was told.
 * Each chapter is ten minutes after the one before.
 */
export const CHAPTERS: string[][] = [
  [
    'ping', 'track-click',
  ],
  [
    'track-click-repeat', 'track-click-preflight', 'track-identify', 'track-identify-repeat', 'sdk-track-identify', 'sdk-track-identify-preflight', 'sdk-installed',
    'sdk-installed-without-token', 'sdk-installed-preflight', 'sdk-session-captured', 'conversions-track', 'conversions-track-repeat',
  ],
  [
    'conversions-track-by-email', 'conversions-track-unattributed', 'conversions-track-unversioned',
  ],
  [
    'conversions-postback', 'conversions-postback-repeat', 'conversions-postback-lead', 'conversions-postback-synthetic',
  ],
  [
    'conversions-refund-partial', 'conversions-refund', 'conversions-refund-repeat', 'conversions-refund-synthetic', 'conversions-list', 'conversions-one',
    'conversions-export-csv', 'conversions-export-xlsx',
  ],
  [
    'campaigns-create',
  ],
  [
    'campaigns-create-fixed', 'campaigns-list', 'campaigns-one', 'campaigns-update', 'campaigns-archive', 'campaigns-public', 'campaigns-public-preflight',
    'campaigns-stats', 'campaigns-timeline',
  ],
  [
    'affiliates-create',
  ],
  [
    'affiliates-create-known', 'affiliates-list', 'affiliates-one', 'affiliates-update', 'affiliates-campaigns', 'affiliates-signup',
  ],
  [
    'affiliates-create-applicant', 'affiliates-create-applicant-2', 'affiliates-create-applicant-3', 'affiliates-create-applicant-4',
  ],
  [
    'applications-list', 'applications-one', 'applications-accept', 'applications-reject', 'applications-bulk-accept', 'applications-bulk-reject',
  ],
  [
    'commissions-adjust', 'commissions-bulk-approve', 'commissions-bulk-reject', 'commissions-list',
  ],
  [
    'payouts-create', 'payouts-list', 'payouts-one', 'payouts-cancel',
  ],
  [
    'payouts-create-2', 'payouts-mark-paid', 'commissions-adjust-paid',
  ],
  [
    'payouts-create-3', 'payouts-batch-process',
  ],
  [
    'error-validation-failed', 'error-validation-failed-query', 'error-validation-failed-postback', 'error-validation-failed-campaign', 'error-invalid-request',
    'error-invalid-request-content-type', 'error-unauthorized', 'error-unauthorized-revoked', 'error-permission-denied', 'error-not-found', 'error-not-found-refund',
    'error-not-found-click', 'error-already-exists', 'error-conflict-refund', 'error-conflict-payout',
  ],
]
