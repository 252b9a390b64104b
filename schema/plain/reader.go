package plain

// A Reader walks through one document from its start. Once it has met something
// that is not plain, nothing it returns means anything: see [Reader.Done].
type Reader struct {
	text string
	at   int
	// comma: a value was read, so a comma or the end of its object follows.
	comma bool
	odd   bool
}

const (
	// maxDigits keeps whole numbers within 64 bits.
	maxDigits = 18
	// maxLong bounds a number that is read as it is written.
	maxLong = 40
)

// Read begins a document, which must be an object.
func Read(document string) Reader {
	r := Reader{text: document}
	r.Object()
	return r
}

// Done reports whether the document was plain and was read to its end. Call it
// after the last Next.
func (r *Reader) Done() bool {
	r.space()
	return !r.odd && r.at == len(r.text)
}

// Plain reports whether nothing odd was met so far.
func (r *Reader) Plain() bool { return !r.odd }

// Odd gives up: the caller has met something that it leaves to encoding/json.
func (r *Reader) Odd() { r.odd = true }

// Next goes to the next field of the object and returns its name; false at the
// end of the object.
func (r *Reader) Next() (name string, ok bool) {
	if r.odd {
		return "", false
	}
	r.space()
	if r.is('}') {
		r.comma = true
		return "", false
	}
	if r.comma && !r.is(',') {
		r.odd = true
		return "", false
	}
	r.space()
	name = r.quoted()
	r.space()
	if !r.is(':') {
		r.odd = true
	}
	return name, !r.odd
}

// Object enters the object that is the next value. Its fields follow until Next
// returns false; then those of the object around it go on.
func (r *Reader) Object() {
	r.space()
	if !r.is('{') {
		r.odd = true
	}
	r.comma = false
}

// String reads a string.
func (r *Reader) String() string {
	r.space()
	r.comma = true
	return r.quoted()
}

// Number reads a whole number as it is written.
func (r *Reader) Number() string {
	r.space()
	r.comma = true
	start := r.at
	r.is('-')
	first := r.at
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
	}
	digits := r.text[first:r.at]
	if digits == "" || len(digits) > maxLong || digits[0] == '0' && (len(digits) > 1 || first > start) || !r.ends() {
		r.odd = true
	}
	return r.text[start:r.at]
}

// Int reads a whole number.
func (r *Reader) Int() (n int64) {
	digits, negative := r.Number(), false
	if digits != "" && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	if len(digits) > maxDigits {
		r.odd = true
	}
	for i := range len(digits) {
		n = n*10 + int64(digits[i]-'0')
	}
	if negative {
		return -n
	}
	return n
}

// Text reads a string, or a whole number as it is written.
func (r *Reader) Text() string {
	r.space()
	if r.at < len(r.text) && r.text[r.at] == '"' {
		return r.String()
	}
	return r.Number()
}

// maxDepth bounds what Raw goes into.
const maxDepth = 8

// Raw passes over a value of any plain kind and returns it as it is written.
func (r *Reader) Raw() string {
	r.space()
	start := r.at
	r.pass(maxDepth)
	if r.odd {
		return ""
	}
	return r.text[start:r.at]
}

func (r *Reader) pass(depth int) {
	switch {
	case depth == 0 || r.at >= len(r.text):
		r.odd = true
	case r.text[r.at] != '{':
		r.Text()
	default:
		r.Object()
		for _, ok := r.Next(); ok; _, ok = r.Next() {
			r.space()
			r.pass(depth - 1)
		}
	}
}

// quoted reads a string of printable ASCII without escapes.
func (r *Reader) quoted() string {
	if !r.is('"') {
		r.odd = true
		return ""
	}
	for i := r.at; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '"':
			s := r.text[r.at:i]
			r.at = i + 1
			return s
		case c < ' ' || c > '~' || c == '\\':
			r.odd = true
			return ""
		}
	}
	r.odd = true
	return ""
}

// ends says that what was read ends here.
func (r *Reader) ends() bool {
	if r.at >= len(r.text) {
		return true
	}
	switch r.text[r.at] {
	case ' ', '\t', '\r', '\n', ',', '}':
		return true
	}
	return false
}

func (r *Reader) is(c byte) bool {
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}

func (r *Reader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return
		}
	}
}
