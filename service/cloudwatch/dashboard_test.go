package cloudwatch_test

import (
	"bytes"
	"errors"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	client "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"maru.dev/maru/internal/testenv"
)

func TestDashboardsAreKeptForAllRegions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	body := `{"widgets":[{"type":"text","x":0,"y":0,"width":6,"height":6,"properties":{"markdown":"` + strings.Repeat("x", 600_000) + `"}}]}`
	for _, name := range []string{"b", "a-1", "a-2"} {
		out, err := b.cw.PutDashboard(t.Context(), &client.PutDashboardInput{DashboardName: &name, DashboardBody: &body})
		if err != nil || len(out.DashboardValidationMessages) != 0 {
			t.Fatalf("got %+v (%v)", out, err)
		}
	}
	elsewhere := client.NewFromConfig(b.ConfigFor("test", "eu-west-1"))
	got, err := elsewhere.GetDashboard(t.Context(), &client.GetDashboardInput{DashboardName: aws.String("b")})
	if err != nil || *got.DashboardBody != body || *got.DashboardArn != "arn:aws:cloudwatch::000000000000:dashboard/b" {
		t.Errorf("got %d bytes of %d (%v)", len(aws.ToString(got.DashboardBody)), len(body), err)
	}
	list, err := b.cw.ListDashboards(t.Context(), &client.ListDashboardsInput{DashboardNamePrefix: aws.String("a-")})
	if err != nil || len(list.DashboardEntries) != 2 || *list.DashboardEntries[1].DashboardName != "a-2" || *list.DashboardEntries[0].Size != int64(len(body)) {
		t.Errorf("got %+v (%v)", list, err)
	}
	_, err = b.cw.DeleteDashboards(t.Context(), &client.DeleteDashboardsInput{DashboardNames: []string{"b", "nope"}})
	if testenv.ErrorCode(err) != "ResourceNotFound" {
		t.Errorf("error %v, want ResourceNotFound", err)
	}
	if _, err := b.cw.DeleteDashboards(t.Context(), &client.DeleteDashboardsInput{DashboardNames: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	if _, err = b.cw.GetDashboard(t.Context(), &client.GetDashboardInput{DashboardName: aws.String("b")}); testenv.ErrorCode(err) != "ResourceNotFound" {
		t.Errorf("error %v, want ResourceNotFound", err)
	}
}

func TestDashboardsWithFaultsAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.cw.PutDashboard(t.Context(), &client.PutDashboardInput{DashboardName: aws.String("d"), DashboardBody: aws.String(`{"widgets":[{"type":"metric","properties":{"metrics":[["n","m"]]}}]}`)})
	fault, ok := errors.AsType[*types.DashboardInvalidInputError](err)
	if !ok || !strings.HasPrefix(*fault.Message, "The dashboard body is invalid, there are 1 validation errors:\n[") || len(fault.DashboardValidationMessages) != 1 ||
		*fault.DashboardValidationMessages[0].DataPath != "/widgets/0/properties" {
		t.Errorf("error %v", err)
	}
	_, err = b.cw.PutDashboard(t.Context(), &client.PutDashboardInput{DashboardName: aws.String("a b"), DashboardBody: aws.String(`{"widgets":[]}`)})
	if testenv.ErrorCode(err) != "InvalidParameterValue" {
		t.Errorf("error %v, want InvalidParameterValue", err)
	}
	out, err := b.cw.PutDashboard(t.Context(), &client.PutDashboardInput{DashboardName: aws.String("d"), DashboardBody: aws.String(`{"widgets":[],"colour":1}`)})
	if err != nil || len(out.DashboardValidationMessages) != 1 {
		t.Errorf("got %+v (%v), want a warning", out, err)
	}
}

func TestGetMetricWidgetImageDraws(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.minutes("m", "d=1", b.Now().Add(-time.Hour), 1, 5, 2, 8, 3, 9)
	out, err := b.cw.GetMetricWidgetImage(t.Context(), &client.GetMetricWidgetImageInput{MetricWidget: aws.String(`{
		"metrics": [["n", "m", "d", "1", {"id": "m1", "color": "#ff0000", "visible": false}], [{"expression": "m1 * 2", "label": "twice ${MAX}"}], [{"expression": "SEARCH('{n,d} m', 'Sum', 60)"}]],
		"width": 320, "height": 200, "period": 60, "stat": "Sum", "title": "T", "annotations": {"horizontal": [{"value": 4}]}}`)})
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(out.MetricWidgetImage))
	if err != nil || img.Bounds().Dx() != 320 || img.Bounds().Dy() != 200 {
		t.Errorf("%d bytes (%v)", len(out.MetricWidgetImage), err)
	}
	for widget, want := range map[string]string{`{`: "Invalid MetricWidget", `{"metrics":[[{"expression":"1 +"}]]}`: "Error in expression"} {
		_, err := b.cw.GetMetricWidgetImage(t.Context(), &client.GetMetricWidgetImageInput{MetricWidget: &widget})
		if testenv.ErrorCode(err) != "ValidationError" || !strings.Contains(testenv.ErrorMessage(err), want) {
			t.Errorf("%s: error %v, want %q", widget, err, want)
		}
	}
}
