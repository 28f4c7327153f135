//! What a tenant's operator sets for these banks.

use crate::providers::Setting;

/// Who we are to a bank's OAuth server.
pub const CLIENT_ID: &str = "client_id";
/// The certificate that opens connections.
pub const QWAC_CERTIFICATE: &str = "qwac_certificate";
/// Its key.
pub const QWAC_KEY: &str = "qwac_key";
/// The certificate that signs messages.
pub const QSEALC_CERTIFICATE: &str = "qsealc_certificate";
/// Its key.
pub const QSEALC_KEY: &str = "qsealc_key";
/// Whose certificates banks may show beside those that this machine trusts.
pub const BANK_CA: &str = "bank_ca";
/// Whose address banks are told where the person's is not known.
pub const OWN_ADDRESS: &str = "own_address";

/// What both a bank's listener and its OAuth server know the tenant by, and what it signs with: who the tenant is.
const IDENTITY: usize = 7;
/// The banks that an operator has to say the address of; [`ADDRESSES`] has them in this order.
const BANKS: usize = 17;

const fn optional(name: &'static str, about: &'static str) -> Setting {
    Setting {
        name,
        required: false,
        about,
    }
}

const fn address(name: &'static str) -> Setting {
    optional(
        name,
        "where this bank's interface is: the https address below which its /v1 is, as the bank's developer portal has it",
    )
}

/// All of them. Which a bank needs stands in its profile; none is needed for all.
pub static ALL: [Setting; IDENTITY + BANKS] = [
    optional(
        CLIENT_ID,
        "the id by which the banks' OAuth servers know the tenant; usually the authorisation number in its certificates",
    ),
    optional(
        QWAC_CERTIFICATE,
        "the QWAC in PEM, with the certificates between it and its root after it",
    ),
    optional(QWAC_KEY, "the QWAC's key in PEM"),
    optional(QSEALC_CERTIFICATE, "the QSealC in PEM"),
    optional(QSEALC_KEY, "the QSealC's RSA key in PEM"),
    optional(
        OWN_ADDRESS,
        "the IPv4 address of this Gesher, told to banks where the person's own is not known or is IPv6",
    ),
    optional(
        BANK_CA,
        "in PEM, whose certificates banks may show beside those that this machine trusts",
    ),
    address("il_hapoalim_url"),
    address("il_leumi_url"),
    address("il_mizrahi_url"),
    address("il_discount_url"),
    address("il_mercantile_url"),
    address("il_pepper_url"),
    address("il_yahav_url"),
    address("il_onezero_url"),
    address("il_fibi_url"),
    address("il_massad_url"),
    address("il_otsar_hahayal_url"),
    address("il_ubank_url"),
    address("il_pagi_url"),
    address("il_isracard_url"),
    address("il_amex_url"),
    address("il_max_url"),
    address("il_cal_url"),
];

/// The setting that says where this bank is, with its place among those; nothing for a bank whose address is known.
pub fn address_of(bank: &str) -> Option<(u8, &'static str)> {
    let name = format!("{}_url", bank.replace('-', "_"));
    let place = ALL[IDENTITY..].iter().position(|setting| setting.name == name)?;
    Some((u8::try_from(place).ok()?, ALL[IDENTITY + place].name))
}
