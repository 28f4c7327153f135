//! Use cases of a connect session: invite, open, choose, submit, confirm, cancel.
//!
//! **Goal.** One place behind both doors of the widget and behind the API. **Contract.** A use case reads the session, asks
//! the machine in `gesher_domain::session`, and writes what it says; when somebody else was faster it reads again. A call to
//! a provider is made only after its intent is committed, never inside a transaction, and a call that carries what a person
//! typed is made once.

mod acts;
pub mod audience;
pub mod calls;
pub mod confirm;
mod document;
mod doors;
mod entrance;
pub mod hosted_links;
pub mod in_page;
pub mod invite;
pub mod launch;
pub mod psu;
pub mod returns;
pub mod screens;
pub mod start_pages;
pub mod state;
pub mod timeline;
pub mod tries;
pub mod undo;
pub mod wake;
pub mod watch;

pub use document::Connect;
