//! Logins, and what becomes of them: behaviour CON-1 to CON-9, field cases F-045, F-047, F-050, F-107, F-115.
