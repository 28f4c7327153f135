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

  // From here on made by `gesher schema message-types`.

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
    /** Unique for the message, `<session>-<seq>` with the instance's random part between. */
    id: string;
    /** Counts from 1, without gaps in an instance. */
    seq: number;
    /** The session's id. */
    session: string;
    /** Always `gesher`. */
    source: 'gesher';
    /** When, RFC 3339 UTC. */
    ts: string;
    /** Version of the messages' shape. */
    version: 1;
    type: Type;
    payload: Payload;
  }

  /** The widget can be used. */
  type ReadyMessage = Envelope<'ready', ReadyPayload>;
  interface ReadyPayload {
    /** What it speaks now. */
    language: Language;
  }

  /** The content's height changed. */
  type ResizeMessage = Envelope<'resize', ResizePayload>;
  interface ResizePayload {
    /** Height in CSS pixels. */
    height: number;
  }

  /** Another screen is shown. */
  type StepMessage = Envelope<'step', StepPayload>;
  interface StepPayload {
    /** Which. */
    name: StepName;
  }

  /** The person chose an institution. */
  type InstitutionSelectedMessage = Envelope<'institution_selected', InstitutionSelectedPayload>;
  interface InstitutionSelectedPayload {
    /** The institution's id. */
    institution_id: string;
    /** Its name in the session's language. */
    name: string;
  }

  /** The bank's page was opened. */
  type RedirectOpenedMessage = Envelope<'redirect_opened', RedirectOpenedPayload>;
  type RedirectOpenedPayload = Record<string, never>;

  /** The institution asks for a second factor. */
  type MfaRequiredMessage = Envelope<'mfa_required', MfaRequiredPayload>;
  type MfaRequiredPayload = Record<string, never>;

  /** The institution is being called. */
  type ProgressMessage = Envelope<'progress', ProgressPayload>;
  interface ProgressPayload {
    /** How far it has come. */
    stage: ProgressStage;
  }

  /** The connection is made. Repeated after a reload until it is exchanged. */
  type SuccessMessage = Envelope<'success', SuccessPayload>;
  interface SuccessPayload {
    /** The connection. */
    connection_id: string;
    /** The institution's id. */
    institution_id: string;
    /** The institution's name in the session's language. */
    institution_name: string;
    /** One-time code for the host's backend to exchange. `null` where the connection stands without an exchange. */
    public_token: string | null;
    /** The host's own `state`, if the session was made with one. */
    state: string | null;
  }

  /** Something went wrong; the person may be able to go on. */
  type ErrorMessage = Envelope<'error', ErrorPayload>;
  interface ErrorPayload {
    /** What. */
    failure: Failure;
    /** To quote to support. */
    support_code: string;
  }

  /** The widget is done; the host may take the frame away. */
  type ExitMessage = Envelope<'exit', ExitPayload>;
  interface ExitPayload {
    /** With `not_listed`, what stood in the search box, at most 80 characters; else, and when it was empty, `null`. */
    query: string | null;
    /** Why. */
    reason: ExitReason;
  }

  /** Who has to do something about a failure. */
  type Blame =
    | 'user'
    | 'institution'
    | 'provider'
    | 'host'
    | 'gesher';

  /** Why the widget is over. */
  type ExitReason =
    | 'completed'
    | 'cancelled'
    | 'not_listed'
    | 'expired'
    | 'failed';

  /** A failure as a host sees it. The text for a person comes from the locale files, by code. */
  interface Failure {
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
    | 'login_not_supported'
    | 'internal'
    | 'offline'
    | 'gesher_unreachable'
    | 'too_many_requests'
    | 'frame_refused'
    | 'load_failed';

  /** A language of the widget. Its texts stand in `app/locales/<code>.json`. */
  type Language =
    | 'he'
    | 'en';

  /** What to do next about a failure. */
  type NextAction =
    | 'try_again'
    | 'start_over'
    | 'come_back_later'
    | 'ask_institution'
    | 'ask_host'
    | 'none';

  /** How far the calls to the institution have come. */
  type ProgressStage =
    | 'connecting'
    | 'fetching';

  /** A screen's name for the host page. */
  type StepName =
    | 'picker'
    | 'form'
    | 'code'
    | 'accounts'
    | 'leaving'
    | 'at_bank'
    | 'waiting'
    | 'progress'
    | 'success'
    | 'failed'
    | 'over';
}
