with

forms as (

    select
        guid,
        min(name) as name
    from {{ ref('base_hubspot__form') }}
    group by guid

),

submissions as (

    select
        submissions.*,
        coalesce(forms.name, submissions.title) as form_name,
        coalesce(
            submissions.conversion_id,
            submissions.contact_id || ':' || coalesce(submissions.form_id, '') || ':'
            || cast(submissions.timestamp as {{ dbt.type_string() }})
        ) as submission_id
    from {{ ref('base_hubspot__contact_form_submission') }} as submissions
    left join forms on submissions.form_id = forms.guid

)

{{ contract_rows('web_events', 'hubspot', 'submissions', {
    'event_id': 'submission_id', 'visitor_id': "'hubspot-contact:' || contact_id", 'user_id': 'contact_id',
    'event_name': "'form_submit'", 'occurred_at': 'timestamp', 'loaded_at': '_fivetran_synced', 'page_url': 'page_url',
    'form_name': 'form_name',
}) }}
