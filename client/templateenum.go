package client

import (
	"fmt"
	"strings"
)

// CodeType is what a template's codes are made of.
type CodeType int

const (
	CodeNumeric      CodeType = 1 // digits
	CodeAlpha        CodeType = 2 // letters
	CodeAlphanumeric CodeType = 3 // digits and letters
	CodeHex          CodeType = 4 // hexadecimal digits
)

func (t CodeType) String() string {
	switch t {
	case CodeNumeric:
		return "numeric"
	case CodeAlpha:
		return "alpha"
	case CodeAlphanumeric:
		return "alphanumeric"
	case CodeHex:
		return "hex"
	}
	return fmt.Sprintf("code type %d", int(t))
}

// Language is what a call is spoken in. The names are the provider's, which
// mixes languages and countries.
type Language string

const (
	LanguageCN  Language = "CN"
	LanguageEN  Language = "EN"
	LanguageVN  Language = "VN"
	LanguageJP  Language = "JP"
	LanguageARB Language = "ARB"
	LanguageDE  Language = "DE"
	LanguageIN  Language = "IN"
	LanguageIT  Language = "IT"
	LanguageKR  Language = "KR"
	LanguageRU  Language = "RU"
	LanguageES  Language = "ES"
	LanguagePT  Language = "PT"
	LanguageIDN Language = "IDN"
	LanguageBD  Language = "BD"
)

// Languages returns all languages of the provider.
func Languages() []Language {
	return []Language{
		LanguageCN, LanguageEN, LanguageVN, LanguageJP, LanguageARB, LanguageDE, LanguageIN,
		LanguageIT, LanguageKR, LanguageRU, LanguageES, LanguagePT, LanguageIDN, LanguageBD,
	}
}

func joined(languages []Language) string {
	words := make([]string, len(languages))
	for i, l := range languages {
		words[i] = string(l)
	}
	return strings.Join(words, ", ")
}
