// Types of gesher.js. Reference this file, or copy it beside your page's sources:
//   /// <reference path="gesher.d.ts" />

declare const Gesher: Gesher.Sdk;

interface Window {
  readonly Gesher: Gesher.Sdk;
}

declare namespace Gesher {
  interface Sdk {
    /** Version of this script. */
    readonly version: string;
    /**
     * Opens the widget. A token that is already open gives the handle that it has; its callbacks stay as they were.
     * @throws {TypeError} an argument is missing or wrong; the message names it.
     */
    open(options: ModalOptions | InlineOptions): Handle;
  }

  interface Callbacks {
    /**
     * The connection is made: send `payload.public_token` to your backend, which exchanges it.
     * Called at most once for each public token.
     */
    onSuccess?: (payload: SuccessPayload, message: SuccessMessage) => void;
    /** The widget is over. Called once, after the page has its focus and its scrolling back; not after `destroy()`. */
    onExit?: (payload: ExitPayload, message: ExitMessage) => void;
    /** Every message, in order. */
    onEvent?: (message: Message) => void;
  }

  interface ModalOptions extends Callbacks {
    /** The `connect_token` that your backend got from `POST /v1/connections`. */
    token: string;
    mode?: 'modal';
    container?: undefined;
  }

  interface InlineOptions extends Callbacks {
    /** The `connect_token` that your backend got from `POST /v1/connections`. */
    token: string;
    mode: 'inline';
    /** The element that the widget fills. Its width is the widget's; the height follows the content. */
    container: Element;
  }

  interface Handle {
    /** Takes the widget out of sight and asks it to end the session; `onExit` follows. */
    close(): void;
    /** Takes the widget away at once. No callback is called any more; the session stays as it is. */
    destroy(): void;
    /** Whether the widget was closed or taken away. */
    readonly closed: boolean;
  }

  /** A message from the widget. Those that this script makes itself have `seq` 0. */
  type Message =
    | ReadyMessage
    | ResizeMessage
    | StepMessage
    | InstitutionSelectedMessage
    | RedirectOpenedMessage
    | MfaRequiredMessage
    | ProgressMessage
    | SuccessMessage
    | ErrorMessage
    | ExitMessage;

  interface Envelope<Type extends string, Payload> {
    source: 'gesher';
    version: 1;
    /** Unique for the message. */
    id: string;
    /** Counts from 1 in each page that the frame shows. */
    seq: number;
    /** The session's id. */
    session: string;
    /** When, RFC 3339 UTC. */
    ts: string;
    type: Type;
    payload: Payload;
  }

  /** The widget can be used. */
  type ReadyMessage = Envelope<'ready', { language: Language }>;
  /** The content's height changed, in CSS pixels. */
  type ResizeMessage = Envelope<'resize', { height: number }>;
  /** Another screen is shown. */
  type StepMessage = Envelope<'step', { name: StepName }>;
  /** The person chose an institution; `name` is in the session's language. */
  type InstitutionSelectedMessage = Envelope<'institution_selected', { institution_id: string; name: string }>;
  /** The bank's page was opened. */
  type RedirectOpenedMessage = Envelope<'redirect_opened', Record<string, never>>;
  /** The institution asks for a second factor. */
  type MfaRequiredMessage = Envelope<'mfa_required', Record<string, never>>;
  /** The institution is being called. */
  type ProgressMessage = Envelope<'progress', { stage: 'connecting' | 'fetching' }>;
  /** The connection is made. Repeated after a reload until it is exchanged. */
  type SuccessMessage = Envelope<'success', SuccessPayload>;
  /** Something went wrong; the person may be able to go on. */
  type ErrorMessage = Envelope<'error', ErrorPayload>;
  /** The widget is done. */
  type ExitMessage = Envelope<'exit', ExitPayload>;

  type Language = 'he' | 'en';
  type StepName =
    | 'picker' | 'form' | 'code' | 'accounts' | 'leaving' | 'at_bank' | 'waiting'
    | 'progress' | 'success' | 'failed' | 'over';

  interface SuccessPayload {
    /** One-time code for your backend to exchange. `null` where the connection stands without an exchange. */
    public_token: string | null;
    connection_id: string;
    institution_id: string;
    /** In the session's language. */
    institution_name: string;
    /** Your own `state`, if the session was made with one. */
    state: string | null;
  }

  interface ErrorPayload {
    failure: Failure;
    /** To quote to support; empty when this script made the message. */
    support_code: string;
  }

  interface ExitPayload {
    reason: 'completed' | 'cancelled' | 'expired' | 'failed';
  }

  interface Failure {
    code: FailureCode;
    /** Who has to do something about it. */
    blame: 'user' | 'institution' | 'provider' | 'host' | 'gesher';
    /** Whether the session can go on after it. */
    retryable: boolean;
    next_action: 'try_again' | 'start_over' | 'come_back_later' | 'ask_institution' | 'ask_host' | 'none';
  }

  type FailureCode =
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
    | 'internal'
    /** Made in the frame: the browser is offline. */
    | 'offline'
    /** Made in the frame: the browser is online, and Gesher does not answer it. */
    | 'gesher_unreachable'
    /** Made in the frame: too many acts in too short a time. */
    | 'too_many_requests'
    /** Made by this script: the frame stayed silent for 8 seconds, and this page's origin is not the session's `parent_origin`. */
    | 'frame_refused'
    /** Made by this script: the frame stayed silent for 8 seconds, for another reason or one that could not be found out. */
    | 'load_failed';
}
