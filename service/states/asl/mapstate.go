package asl

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"maru.dev/maru/pattern/value"
)

// The limits of Map states.
const (
	maxLabel       = 40 // characters
	maxItems       = 100_000_000
	maxBatchBytes  = 256 << 10
	maxConcurrency = 99_999_999
)

// distributedFields are those that only a distributed Map state may have.
const distributedFields = "Label ItemReader ItemBatcher ResultWriter"

// mapState compiles what a Map state has of its own, but for its machine.
func (c *compiler) mapState(o object) {
	m := &Map{}
	c.state.Map = m
	c.onlyOne(o, true, "ItemProcessor", "Iterator")
	_, m.Iterator = o.Get("Iterator")
	field := "ItemProcessor"
	if m.Iterator {
		field = "Iterator"
	}
	c.processorConfig(o, field)
	for name := range o.All() {
		if has(distributedFields, name) && !m.Distributed {
			c.fail(o.at, "Field '%s' is not supported", name)
		}
	}
	c.mapNumbers(o)
	c.mapItems(o)
	c.label(o)
	c.itemReader(o)
	c.itemBatcher(o)
	c.resultWriter(o)
}

// processorConfig reads how items run.
func (c *compiler) processorConfig(o object, field string) {
	v, _ := o.Get(field)
	processor, ok := v.(*value.Object)
	if !ok {
		return
	}
	config, ok := c.object(object{processor, o.at + "/" + field}, "ProcessorConfig")
	if !ok {
		return
	}
	c.only(config, "Mode ExecutionType")
	m := c.state.Map
	m.Distributed = c.choice(config, "Mode", "INLINE", "DISTRIBUTED") == "DISTRIBUTED"
	m.ExecutionType = c.choice(config, "ExecutionType", "STANDARD", "EXPRESS")
	if m.Distributed {
		c.required(config, "ExecutionType")
		if c.express {
			c.fail(config.at+"/Mode", "Express state machine does not support Distributed Map")
		}
	}
}

// mapNumbers compiles the bounds of a Map state.
func (c *compiler) mapNumbers(o object) {
	m := c.state.Map
	for _, name := range []string{"MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"} {
		c.onlyOne(o, false, name, name+"Path")
	}
	m.MaxConcurrency = c.number(o, "MaxConcurrency", 0, maxConcurrency)
	m.ToleratedFailureCount = c.number(o, "ToleratedFailureCount", 0, maxItems)
	if v, ok := o.Get("ToleratedFailurePercentage"); ok {
		if f, isFloat := v.(float64); isFloat {
			m.ToleratedFailurePercentage = &Expr{Field: "ToleratedFailurePercentage", Value: f}
			if f < 0 || f > 100 {
				c.fail(o.at+"/ToleratedFailurePercentage", "Value must be between %d and %d", 0, 100)
			}
			return
		}
	}
	m.ToleratedFailurePercentage = c.number(o, "ToleratedFailurePercentage", 0, 100)
}

// mapItems compiles where the items are and what each becomes.
func (c *compiler) mapItems(o object) {
	m := c.state.Map
	if c.language == JSONPath {
		c.onlyOne(o, false, "ItemSelector", "Parameters")
		m.ItemsPath = c.reference(o, "ItemsPath")
		m.ItemSelector = c.payload(o, "ItemSelector")
		if m.ItemSelector == nil {
			m.ItemSelector = c.payload(o, "Parameters")
		}
		return
	}
	m.ItemSelector = c.template(o, "ItemSelector", "", about{})
	v, ok := o.Get("Items")
	if !ok {
		return
	}
	text, _ := v.(string)
	_, isArray := v.([]any)
	_, isObject := v.(*value.Object)
	if !isArray && !isObject && !isJSONata(text) {
		c.fail(o.at+"/Items", "Value must be an array, an object or a JSONata expression")
	}
	m.Items = c.template(o, "Items", "", about{})
}

// label reads the name that a distributed map's runs carry.
func (c *compiler) label(o object) {
	label := c.text(o, "Label")
	if _, ok := o.Get("Label"); !ok {
		return
	}
	bad := strings.IndexFunc(label, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`?*<>{}[]:;,\|^~$#%&`+"`\"/", r)
	})
	if label == "" || utf8.RuneCountInString(label) > maxLabel || bad >= 0 {
		c.add(CodeLabelName, o.at+"/Label", "Invalid label name: %s", label)
	}
	if c.labels[label] {
		c.add(CodeDuplicateLabel, o.at+"/Label", "Duplicate label name: %s", label)
	}
	c.labels[label] = true
	c.state.Map.Label = label
}

// arguments compiles Parameters or Arguments of a part of a Map state.
func (c *compiler) arguments(o object, prefix string) *Expr {
	wrong, right := "Arguments", "Parameters"
	if c.language == JSONata {
		wrong, right = right, wrong
	}
	if _, ok := o.Get(wrong); ok {
		other := JSONPath
		if c.language == JSONPath {
			other = JSONata
		}
		c.fail(o.at, "The QueryLanguage is set to '%s', but field '%s' is only supported for the '%s' QueryLanguage", c.language, wrong, other)
	}
	if c.language == JSONata {
		return c.template(o, right, prefix, about{})
	}
	return c.payload(o, right)
}

// itemReader compiles ItemReader.
func (c *compiler) itemReader(o object) {
	r, ok := c.object(o, "ItemReader")
	if !ok {
		return
	}
	c.only(r, "Resource ReaderConfig Parameters Arguments")
	c.required(r, "Resource")
	reader := &ItemReader{Arguments: c.arguments(r, "ItemReader")}
	c.state.Map.ItemReader = reader
	reader.Resource = c.storage(r, "getObject", "listObjectsV2")
	config, ok := c.object(r, "ReaderConfig")
	if !ok {
		return
	}
	c.only(config, "InputType Transformation CSVHeaderLocation CSVHeaders CSVDelimiter ManifestType ItemsPointer MaxItems MaxItemsPath")
	reader.InputType = c.choice(config, "InputType", "MANIFEST", "JSON", "CSV", "JSONL", "PARQUET")
	reader.Transformation = c.choice(config, "Transformation", "NONE", "LOAD_AND_FLATTEN")
	reader.CSVHeaderLocation = c.choice(config, "CSVHeaderLocation", "FIRST_ROW", "GIVEN")
	reader.CSVDelimiter = c.choice(config, "CSVDelimiter", "COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB")
	reader.ManifestType = c.choice(config, "ManifestType", "ATHENA_DATA", "S3_INVENTORY")
	headers, _ := c.array(config, "CSVHeaders")
	for i, h := range headers {
		name, ok := h.(string)
		if !ok {
			c.wrongType(indexed(config.at+"/CSVHeaders", i), "STRING")
		}
		reader.CSVHeaders = append(reader.CSVHeaders, name)
	}
	if reader.InputType == "CSV" {
		c.required(config, "CSVHeaderLocation")
	}
	if reader.CSVHeaderLocation == "GIVEN" {
		c.required(config, "CSVHeaders")
	}
	if _, ok := config.Get("ItemsPointer"); ok {
		reader.ItemsPointer = c.itemsPointer(config)
	}
	c.onlyOne(config, false, "MaxItems", "MaxItemsPath")
	reader.MaxItems = c.numberIn(config, "MaxItems", "ItemReader/ReaderConfig", 0, maxItems)
}

// itemsPointer compiles ItemsPointer: a JSON pointer, or an expression of one.
func (c *compiler) itemsPointer(o object) *Expr {
	text := c.text(o, "ItemsPointer")
	field := "ItemReader/ReaderConfig/ItemsPointer"
	if c.language == JSONata && isJSONata(text) {
		return c.expression(text, field, about{})
	}
	if !strings.HasPrefix(text, "/") {
		c.fail(o.at+"/ItemsPointer", "Value must be a valid JSONPointer")
	}
	return &Expr{Field: field, Source: text, Value: text}
}

// storage reads the Resource of ItemReader or ResultWriter.
func (c *compiler) storage(o object, actions ...string) Resource {
	arn := c.text(o, "Resource")
	r := Resource{ARN: arn, Kind: OptimizedService, Service: "s3"}
	rest, ok := strings.CutPrefix(arn, "arn:aws")
	_, action, found := strings.Cut(rest, ":states:::s3:")
	if ok && found && has(strings.Join(actions, " "), action) {
		r.Action = action
		return r
	}
	if _, given := o.Get("Resource"); given {
		examples := make([]string, len(actions))
		for i, a := range actions {
			examples[i] = "arn:<partition>:states:::s3:" + a
		}
		c.fail(o.at+"/Resource", "The field 'Resource' does not match any of the allowed values. Examples: [%s]", strings.Join(examples, ", "))
	}
	return r
}

// itemBatcher compiles ItemBatcher.
func (c *compiler) itemBatcher(o object) {
	b, ok := c.object(o, "ItemBatcher")
	if !ok {
		return
	}
	c.only(b, "BatchInput MaxItemsPerBatch MaxItemsPerBatchPath MaxInputBytesPerBatch MaxInputBytesPerBatchPath")
	c.onlyOne(b, false, "MaxItemsPerBatch", "MaxItemsPerBatchPath")
	c.onlyOne(b, false, "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath")
	batcher := &ItemBatcher{
		MaxItemsPerBatch:      c.numberIn(b, "MaxItemsPerBatch", "ItemBatcher", 1, maxItems),
		MaxInputBytesPerBatch: c.numberIn(b, "MaxInputBytesPerBatch", "ItemBatcher", 1, maxBatchBytes),
	}
	if batcher.MaxItemsPerBatch == nil && batcher.MaxInputBytesPerBatch == nil {
		c.fail(b.at, "This object should have at least one of the following fields: [MaxItemsPerBatch, MaxItemsPerBatchPath, MaxInputBytesPerBatch, MaxInputBytesPerBatchPath]")
	}
	if c.language == JSONata {
		batcher.BatchInput = c.template(b, "BatchInput", "ItemBatcher", about{})
	} else {
		batcher.BatchInput = c.payload(b, "BatchInput")
	}
	c.state.Map.ItemBatcher = batcher
}

// resultWriter compiles ResultWriter.
func (c *compiler) resultWriter(o object) {
	w, ok := c.object(o, "ResultWriter")
	if !ok {
		return
	}
	c.only(w, "Resource Parameters Arguments WriterConfig")
	writer := &ResultWriter{Arguments: c.arguments(w, "ResultWriter")}
	c.state.Map.ResultWriter = writer
	if _, ok := w.Get("Resource"); ok {
		writer.Resource = c.storage(w, "putObject")
		if writer.Arguments == nil {
			c.required(w, map[QueryLanguage]string{JSONPath: "Parameters", JSONata: "Arguments"}[c.language])
		}
	} else if writer.Arguments != nil || w.Len() == 0 {
		c.required(w, "Resource")
	}
	config, ok := c.object(w, "WriterConfig")
	if !ok {
		return
	}
	c.only(config, "Transformation OutputType")
	c.required(config, "Transformation", "OutputType")
	writer.Transformation = c.choice(config, "Transformation", "NONE", "COMPACT", "FLATTEN")
	writer.OutputType = c.choice(config, "OutputType", "JSON", "JSONL")
}
