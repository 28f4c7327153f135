// Types of Gesher's events, as webhooks bring them and the API lists them. Made by `gesher schema event-types`.

export type Event =
  | ConnectionStatusChangedEvent
  | ConnectionReasonsChangedEvent
  | ConnectionRepairedEvent
  | ConnectionDataUpdatedEvent
  | ConnectionConsentEndingEvent
  | ConnectionRefreshReminderEvent
  | WebhookEndpointDisabledEvent
  | PingEvent;

/** The connection has another status. */
export interface ConnectionStatusChangedEvent {
  data: {
    /** The connection. */
    connection_id: string;
    /** The failure behind it, if there is one. */
    failure?: Failure;
    /** The status before. */
    from: ConnectionStatus;
    /** Why it had the status before. */
    from_reasons: Reason[];
    /** The event's id, which is also the `webhook-id`. */
    id: string;
    /** Why. */
    reasons: Reason[];
    /** Place in the connection's life, from 1 without gaps. Webhooks may arrive in another order. */
    seq: number;
    /** The status now. */
    to: ConnectionStatus;
  };
  /** When it happened, RFC 3339 UTC. */
  timestamp: string;
  type: 'connection.status_changed';
}

/** The connection has other reasons, and its status as before. */
export interface ConnectionReasonsChangedEvent {
  data: {
    /** The connection. */
    connection_id: string;
    /** The reasons before. */
    from: Reason[];
    /** The event's id, which is also the `webhook-id`. */
    id: string;
    /** Place in the connection's life, from 1 without gaps. Webhooks may arrive in another order. */
    seq: number;
    /** The status. */
    status: ConnectionStatus;
    /** The reasons now. */
    to: Reason[];
  };
  /** When it happened, RFC 3339 UTC. */
  timestamp: string;
  type: 'connection.reasons_changed';
}

/** The person has been back, and the connection has a new access. */
export interface ConnectionRepairedEvent {
  data: {
    /** The connection. */
    connection_id: string;
    /** The event's id, which is also the `webhook-id`. */
    id: string;
    /** Place in the connection's life, from 1 without gaps. Webhooks may arrive in another order. */
    seq: number;
  };
  /** When it happened, RFC 3339 UTC. */
  timestamp: string;
  type: 'connection.repaired';
}

/** A fetch has brought data, whether they are new or not. They can be read from the exchange on. */
export interface ConnectionDataUpdatedEvent {
  data: {
    /** The accounts. */
    accounts: UpdatedAccounts;
    /** The connection. */
    connection_id: string;
    /** Whether these are the connection's first data: all that the institution gives of the time that was asked for. */
    first: boolean;
    /** The event's id, which is also the `webhook-id`. */
    id: string;
    /** Place in the connection's life, from 1 without gaps. Webhooks may arrive in another order. */
    seq: number;
    /** Their transactions; absent where none were asked for. */
    transactions?: UpdatedTransactions;
  };
  /** When it happened, RFC 3339 UTC. */
  timestamp: string;
  type: 'connection.data_updated';
}

/** The consent ends soon: said 14, 7 and 1 days before. */
export interface ConnectionConsentEndingEvent {
  data: {
    /** The connection. */
    connection_id: string;
    /** Days until then, begun ones included. */
    days_left: number;
    /** The event's id, which is also the `webhook-id`. */
    id: string;
    /** Place in the connection's life, from 1 without gaps. Webhooks may arrive in another order. */
    seq: number;
  };
  /** When it happened, RFC 3339 UTC. */
  timestamp: string;
  type: 'connection.consent_ending';
}

/** Nobody refreshes the connection: its data are older than the tenant wants. */
export interface ConnectionRefreshReminderEvent {
  data: {
    /** The connection. */
    connection_id: string;
    /** The event's id, which is also the `webhook-id`. */
    id: string;
    /** When data came last, RFC 3339 UTC; absent if never. */
    last_refreshed_at?: string | null;
    /** Place in the connection's life, from 1 without gaps. Webhooks may arrive in another order. */
    seq: number;
  };
  /** When it happened, RFC 3339 UTC. */
  timestamp: string;
  type: 'connection.refresh_reminder';
}

/** A webhook endpoint was disabled, and not by the host. */
export interface WebhookEndpointDisabledEvent {
  data: {
    /** The endpoint. */
    endpoint_id: string;
    /** The event's id, which is also the `webhook-id`. */
    id: string;
    /** Why. */
    why: DisabledWhy;
  };
  /** When it happened, RFC 3339 UTC. */
  timestamp: string;
  type: 'webhook_endpoint.disabled';
}

/** The host asked for it, to see whether an endpoint hears us. */
export interface PingEvent {
  data: {
    /** The endpoint. */
    endpoint_id: string;
    /** The event's id, which is also the `webhook-id`. */
    id: string;
  };
  /** When it happened, RFC 3339 UTC. */
  timestamp: string;
  type: 'ping';
}

/** Who has to do something about a failure. */
export type Blame =
  | 'user'
  | 'institution'
  | 'provider'
  | 'host'
  | 'gesher';

/** Status of a connection. Terminal: rejected, terminated, replaced, abandoned, failed, deleted. */
export type ConnectionStatus =
  | 'pending'
  | 'connecting'
  | 'awaiting_cosigners'
  | 'awaiting_confirmation'
  | 'connected'
  | 'active'
  | 'completed'
  | 'partial'
  | 'degraded'
  | 'reconnect_required'
  | 'suspended'
  | 'rejected'
  | 'revoked'
  | 'terminated'
  | 'abandoned'
  | 'replaced'
  | 'failed'
  | 'unknown'
  | 'deleted';

/** Why nothing is sent to a webhook endpoint any more. */
export type DisabledWhy =
  | 'host'
  | 'operator'
  | 'gone'
  | 'failing';

/** A failure as a host sees it. The text for a person comes from the locale files, by code. */
export interface Failure {
  /** Who has to act. */
  blame: Blame;
  /** What happened. */
  code: FailureCode;
  /** What to do. */
  next_action: NextAction;
  /** Whether this session can go on after it. */
  retryable: boolean;
}

/** Stable code of a failure: blame, next action and whether it can be tried again follow from it. */
export type FailureCode =
  | 'wrong_credentials'
  | 'wrong_code'
  | 'code_expired'
  | 'login_locked'
  | 'too_many_tries'
  | 'consent_rejected'
  | 'cancelled_at_institution'
  | 'institution_unavailable'
  | 'bad_institution_answer'
  | 'timed_out'
  | 'outcome_unknown'
  | 'other_browser'
  | 'customer_mismatch'
  | 'lock_not_taken'
  | 'no_account_fits'
  | 'access_suspended'
  | 'login_not_supported'
  | 'internal'
  | 'offline'
  | 'gesher_unreachable'
  | 'too_many_requests';

/** What to do next about a failure. */
export type NextAction =
  | 'try_again'
  | 'start_over'
  | 'come_back_later'
  | 'ask_institution'
  | 'ask_host'
  | 'none';

/** Why a connection has its status. A connection may have several; surfaces that show one show the first in this order. */
export type Reason =
  | 'institution_unavailable'
  | 'provider_unavailable'
  | 'institution_action_required'
  | 'interactive_refresh'
  | 'login_required'
  | 'institution_repairing'
  | 'consent_expired'
  | 'access_expiring_soon'
  | 'new_accounts_available'
  | 'not_listed';

/** The ids of a connection's accounts, by what a fetch did to them. */
export interface UpdatedAccounts {
  /** They were not there before. */
  added: string[];
  /** They were there, and were read again. */
  refreshed: string[];
  /** They are gone, with their transactions. */
  removed: string[];
}

/** How many transactions a fetch moved. Those that went with their account are not counted. */
export interface UpdatedTransactions {
  /** They were not there before. */
  added: number;
  /** The institution lists them no longer, or took them back. */
  removed: number;
  /** They were there, and something of them is another. */
  updated: number;
}
